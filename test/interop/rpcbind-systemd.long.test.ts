// Our rpcbind under systemd's two protocols: sockets that are handed over, and telling that it is ready. With a C program
// that does what systemd does, and with systemd's own systemd-socket-activate, systemd-notify and systemd-analyze.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lupine } from "./harness/binders.js";
import { compile, peerServer, project } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start, until } from "./harness/processes.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);
const daemon = [process.execPath, lupine, "rpcbind"];

function supervisor(): string {
  const source = "test/interop/c/supervisor.c";
  return compile({ interface: "examples/add/add.x", sources: [source], rpcgen: [], link: ["supervisor.c"] });
}

peerTest(
  "the sockets that a supervisor hands over are served, and it is told when they are",
  ["c", "rpcbind", "systemd", "namespace"],
  async () => {
    const sockets = ["tcp:111", "udp:111", "tcp6:111", "udp6:111", "unix:/run/rpcbind.sock"];
    await using supervised = start(supervisor(), ["/run/notify", ...sockets, "--", ...daemon, "--port", "112"]);
    await supervised.printed(/notified .*READY=1/);
    for (const [netid, host] of [
      ["tcp", "127.0.0.1"],
      ["udp", "127.0.0.1"],
      ["tcp6", "::1"],
      ["udp6", "::1"],
    ]) {
      const { output } = await run("rpcinfo", ["-T", netid as string, host as string, "100000", "4"]);
      assert.match(output, /version 4 ready/, netid);
    }
    // It opened none of its own, and lists itself where it was put.
    assert.equal((await run("rpcinfo", ["-a", "127.0.0.1.0.112", "-T", "tcp", "100000", "4"])).status, 1);
    const { output } = await run("rpcinfo", []);
    for (const line of ["tcp +0.0.0.0.0.111", "udp6 +::.0.111", "local +/run/rpcbind.sock"]) {
      assert.match(output, new RegExp(`100000 +4 +${line}`));
    }
    await using server = start(peerServer(), ["tcp"]);
    await server.printed(/ready/);
    assert.equal((await run("rpcinfo", ["-t", "127.0.0.1", program, "1"])).status, 0);
    supervised.signal("SIGTERM");
    await supervised.printed(/ended 0/);
    assert.ok(existsSync("/run/rpcbind.sock"), "the socket file is the supervisor's");
    rmSync("/run/rpcbind.sock");
    rmSync("/run/notify");
  },
);

peerTest(
  "systemd-socket-activate starts our rpcbind with the first connection, which is answered",
  ["rpcbind", "systemd", "namespace"],
  async () => {
    const sockets = ["0.0.0.0:111", "/run/rpcbind.sock"].flatMap((address) => ["-l", address]);
    await using activated = start("systemd-socket-activate", [...sockets, ...daemon]);
    await until(
      () => (existsSync("/run/rpcbind.sock") ? true : undefined),
      () => `systemd-socket-activate to listen:\n${activated.output()}`,
    );
    const { status, output } = await run("rpcinfo", ["-p", "127.0.0.1"]);
    assert.equal(status, 0, output);
    assert.match(output, /100000 +4 +tcp +111 +portmapper/);
    await activated.printed(/rpcbind listens at unix:\/run\/rpcbind\.sock/);
    rmSync("/run/rpcbind.sock");
  },
);

/** The files of the guide, by their names. */
function unitFiles(): [string, string][] {
  const guide = readFileSync(join(project, "docs/guides/rpcbind.md"), "utf8");
  const files = guide.matchAll(/`\/etc\/systemd\/system\/([^`]+)`[^\n]*\n(?:[^\n]+\n)*\n((?: {4}[^\n]*\n|\n)+)/g);
  return [...files].map(([, name = "", text = ""]) => [name, text.replace(/^ {4}/gm, "")]);
}

peerTest("systemd finds nothing wrong with the unit files of the guide", ["systemd"], async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-units-"));
  const files = unitFiles();
  assert.deepEqual(
    files.map(([name]) => name),
    ["lupine-rpcbind.socket", "lupine-rpcbind.service"],
  );
  for (const [name, text] of files)
    writeFileSync(join(folder, name), text.replace("/usr/bin/lupine", process.execPath));
  for (const [name] of files) {
    const { status, output } = await run("systemd-analyze", ["verify", join(folder, name)]);
    assert.deepEqual([status, output], [0, ""], name);
  }
  rmSync(folder, { recursive: true });
});
