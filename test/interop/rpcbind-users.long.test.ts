// C programs of several users register with our rpcbind as with Debian's: each owns what it has registered, whatever it
// says, and no other user but root can remove it.
import assert from "node:assert/strict";
import { lupineRpcbind } from "./harness/binders.js";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { type Running, run, start, startDebianRpcbind } from "./harness/processes.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);

/** A command as another user. */
function as(user: number, ...command: readonly string[]): [string, string[]] {
  return ["setpriv", [`--reuid=${user}`, "--regid=65534", "--clear-groups", ...command]];
}

/** Who owns the program: the last column of rpcinfo -s. */
async function owner(): Promise<string | undefined> {
  const { output } = await run("rpcinfo", ["-s", "127.0.0.1"]);
  return new RegExp(`^ *${program} .* (\\S+)$`, "m").exec(output)?.[1];
}

/** What several users can do to a program of user 4321. */
async function story(binder: Running): Promise<string[]> {
  await using _binder = binder;
  await using server = start(...as(4321, peerServer(), "tcp", "udp"));
  await server.printed(/ready/);
  const steps = [`registered by ${await owner()}`];
  for (const user of [4322, 4321]) {
    const { status } = await run(...as(user, "rpcinfo", "-d", program, "1"));
    steps.push(`version 1 removed by ${user}: ${status}, ${await owner()}`);
  }
  steps.push(`version 3 removed by 4322: ${(await run(...as(4322, "rpcinfo", "-d", program, "3"))).status}`);
  steps.push(`version 3 removed by root: ${(await run("rpcinfo", ["-d", program, "3"])).status}, ${await owner()}`);
  return steps;
}

peerTest(
  "a user's C program owns its registrations, through an open Unix socket",
  ["c", "rpcbind", "namespace"],
  async () => {
    const expected = await story(await startDebianRpcbind());
    const binder = await lupineRpcbind(["--unix-mode", "666"]);
    const actual = await story(binder);
    assert.deepEqual(actual, expected);
    assert.equal(actual[0], "registered by 4321");
    assert.match(binder.output(), /set \d+ version 1 tcp 0\.0\.0\.0\.\d+\.\d+, by 4321 at unix:\/run\/rpcbind\.sock/);
    assert.match(binder.output(), /unset \d+ version 1 over every transport, by 4322 at unix:.*: refused, not owner/);
  },
);

peerTest("and over TCP, where only root may open the Unix socket", ["c", "rpcbind", "namespace"], async () => {
  const binder = await lupineRpcbind();
  const steps = await story(binder);
  assert.equal(steps[0], "registered by 4321");
  assert.match(binder.output(), /set \d+ version 1 tcp 0\.0\.0\.0\.\d+\.\d+, by 4321 at tcp:\/\/\[::1\]/);
  assert.match(steps[1] ?? "", /version 1 removed by 4322: \d, 4321/);
  assert.match(binder.output(), /unset \d+ version 1 .*, by 4322 at tcp:.*: refused, not owner/);
  assert.match(steps.at(-1) ?? "", /: 0, undefined$/);
});
