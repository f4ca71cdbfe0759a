// `lupine rpcbind --system` in place of a machine's own binder: on port 111 everywhere, for all users, with its state kept.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { statSync } from "node:fs";
import { lupine } from "./harness/binders.js";
import { far, layCable } from "./harness/cable.js";
import { peerServer } from "./harness/compile.js";
import { enterNamespace, insideNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { accepts, type Running, run, start, until } from "./harness/processes.js";
import { message } from "./harness/raw-call.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);
if (insideNamespace()) layCable();

const program = String(PEER_PROG.number);
const socket = "/run/rpcbind.sock";

/** The binder opens its socket first, and to all users a moment later. */
function isForAll(path: string): boolean {
  return (statSync(path).mode & 0o777) === 0o666;
}

async function systemBinder(...options: readonly string[]): Promise<Running> {
  const rpcbind = start(process.execPath, [lupine, "rpcbind", "--system", ...options]);
  await until(
    async () => (await accepts(socket)) && (await accepts(111)) && isForAll(socket),
    () => `lupine rpcbind --system to listen:\n${rpcbind.output()}`,
  );
  return rpcbind;
}

/** The words of a reply over UDP to a call of the binder, between two addresses. */
function askByDatagram(to: string, version: number, procedure: number): Promise<string> {
  return new Promise((resolve) => {
    const client = createSocket("udp4");
    const end = (answer: string): void => {
      clearTimeout(timer);
      client.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end("silence"), 3_000); // waits: bounds an answer that never comes
    client.once("message", (reply) => end(reply.toString("hex").replace(/.{8}(?=.)/g, "$& ")));
    client.send(message({ program: 100_000, version, procedure }), 111, to);
  });
}

peerTest(
  "programs of all users register at the machine's socket, and are there after kill -9",
  ["c", "rpcbind", "namespace"],
  async () => {
    const user = ["--reuid=4321", "--regid=65534", "--clear-groups"];
    await using server = await (async () => {
      await using first = await systemBinder();
      assert.ok(isForAll(socket));
      const running = start("setpriv", [...user, peerServer(), "tcp", "udp"]);
      await running.printed(/ready/);
      assert.match(first.output(), /by 4321 at unix:\/run\/rpcbind\.sock/);
      first.signal("SIGKILL");
      return running;
    })();
    await using second = await systemBinder();
    const { output } = await run("rpcinfo", ["-s", "127.0.0.1"]);
    assert.match(output, new RegExp(`^ *${program} .* 4321$`, "m"));
    for (const host of ["127.0.0.1", "192.0.2.1"]) {
      assert.match((await run("rpcinfo", ["-t", host, program, "1"])).output, /ready and waiting/, second.output());
    }
    assert.ok(server.pid);
  },
);

peerTest("one of the machine's own addresses is this machine", ["rpcbind", "namespace"], async () => {
  await using binder = await systemBinder();
  for (const host of ["127.0.0.1", "192.0.2.1"]) {
    // Accepted, successful, and a list; DUMP of versions 2, 3 and 4, and GETSTAT.
    const accepted = /^12345678 00000001 00000000 00000000 00000000 00000000 /;
    for (const version of [2, 3, 4]) assert.match(await askByDatagram(host, version, 4), accepted, host);
    assert.match(await askByDatagram(host, 4, 12), accepted, host);
  }
  assert.doesNotMatch(binder.output(), /denied/);
});

peerTest(
  "a broadcast that looks for binders finds it from another machine, remote calls or not",
  ["rpcbind", "namespace"],
  async () => {
    for (const options of [[], ["--remote-calls"]]) {
      await using _binder = await systemBinder(...options);
      const { output } = await run("timeout", ["4", ...far, "stdbuf", "-oL", "rpcinfo", "-b", "100000", "2"]);
      assert.match(output, /192\.0\.2\.1\.0\.111/, options.join());
    }
  },
);

peerTest("root removes the binder's own registrations, and nobody else does", ["rpcbind", "namespace"], async () => {
  await using _binder = await systemBinder();
  const other = ["--reuid=4321", "--regid=65534", "--clear-groups", "rpcinfo", "-d", "100000", "2"];
  assert.equal((await run("setpriv", other)).status, 1);
  const versions = async (): Promise<string[]> => {
    const { output } = await run("rpcinfo", ["-p", "127.0.0.1"]);
    return [...new Set([...output.matchAll(/^ *100000 +(\d)/gm)].map(([, version]) => version as string))].sort();
  };
  assert.deepEqual(await versions(), ["2", "3", "4"]);
  assert.equal((await run("rpcinfo", ["-d", "100000", "3"])).status, 0);
  assert.deepEqual(await versions(), ["2", "4"]);
});
