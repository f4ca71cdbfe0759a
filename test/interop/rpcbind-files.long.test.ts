// State, lock and pid files of our daemons where somebody lies in wait for them: links, pipes, devices, files of others.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { lupine } from "./harness/binders.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run } from "./harness/processes.js";

enterNamespace(import.meta.url);

const rpcbind = ["rpcbind", "--port", "0"];
const directory = ["directory", "serve", "--port", "0", "--rpcbind", "none"];

/** A daemon that has to refuse to start: its only line. */
async function refused(...words: readonly string[]): Promise<string> {
  const { status, output } = await run("timeout", ["20", process.execPath, lupine, ...words]);
  assert.equal(status, 1, `${words.join(" ")}\n${output}`);
  assert.match(output, /^lupine: [^\n]*\n$/);
  return output;
}

peerTest("root writes through no link that another user laid, and waits for no pipe", ["namespace"], async () => {
  const shared = "/run/shared";
  const victim = "/run/victim";
  mkdirSync(shared);
  assert.equal((await run("chmod", ["1777", shared])).status, 0);
  writeFileSync(victim, "precious\n", { mode: 0o600 });
  const names = ["s.lock", "s.lock.2", "s.new", "p", "p.new"];
  const lay = names.map((name) => `ln -s ${victim} ${shared}/${name}`).join(" && ");
  const user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
  assert.equal((await run("setpriv", [...user, "sh", "-c", lay])).status, 0);
  mkdirSync("/run/own", { mode: 0o700 });
  assert.equal((await run("mkdir", ["-m", "777", "/run/open"])).status, 0);
  symlinkSync(victim, "/run/own/link");
  assert.equal((await run("mkfifo", ["/run/own/pipe"])).status, 0);
  const theirs = /user 65534 has put "[sp](\.lock)?": use a folder of your own/;
  for (const option of ["--state", "--pid-file"]) {
    assert.match(await refused(...rpcbind, option, `${shared}/s`), theirs);
    assert.match(await refused(...rpcbind, option, "/run/own/link"), /symbolic link/);
    assert.match(await refused(...rpcbind, option, "/run/own/pipe"), /not a regular file/);
    assert.match(await refused(...rpcbind, option, victim), /not changed/);
  }
  assert.match(await refused(...rpcbind, "--pid-file", `${shared}/p`), theirs);
  assert.match(
    await refused(...rpcbind, "--state", "/run/open/s"),
    /which others can write to: use a folder of your own/,
  );
  assert.match(await refused(...directory, "--state", `${shared}/s`), theirs);
  assert.match(await refused(...directory, "--state", victim), /not changed/);
  assert.equal(readFileSync(victim, "utf8"), "precious\n");
});
