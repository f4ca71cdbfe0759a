// Our client calls C servers: on fixed ports, and where Debian's rpcbind or ours says that they are.
import assert from "node:assert/strict";
import { authSys, createClient, RpcRefused } from "lupine";
import { startRpcbind } from "lupine/binding";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { start, startDebianRpcbind, until } from "./harness/processes.js";
import { PEER_V1, PEER_V3 } from "./peer.gen.js";

enterNamespace(import.meta.url);

const credential = { machineName: "here", uid: 1234, gid: 56, gids: [7, 8], stamp: 0 };

async function exercise(target: string): Promise<void> {
  for (const auth of [undefined, authSys(credential)]) {
    await using client = createClient(PEER_V1, target, { auth, timeout: 30_000 });
    assert.equal(await client.add({ a: 1, b: 2 }), 3);
    assert.equal(await client.add({ a: -0x8000_0000, b: 1 }), -0x7fff_ffff);
    const who = await client.whoAmI();
    if (auth === undefined) assert.equal(who.flavor, 0);
    else assert.deepEqual(who, { flavor: 1, machine: "here", uid: 1234, gid: 56, gids: [7, 8] });
    for (const size of [0, 1, 3, 8_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
      assert.deepEqual(await client.echo(bytes), bytes);
    }
    const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => client.add({ a: i, b: i })));
    assert.deepEqual(
      sums,
      Array.from({ length: 50 }, (_, i) => 2 * i),
    );
  }
  await using newer = createClient(PEER_V3, target, { timeout: 30_000 });
  assert.equal(await newer.subtract({ a: 1, b: 2 }), -1);
}

for (const protocol of ["tcp", "udp"]) {
  peerTest(`our client calls a C server on a fixed ${protocol} port`, ["c", "namespace"], async () => {
    await using server = start(peerServer(), [protocol, "2001"]);
    await server.printed(/ready/);
    await exercise(`${protocol}://127.0.0.1:2001`);
  });

  peerTest(`our client hears over ${protocol} what a C server refuses`, ["c", "namespace"], async () => {
    await using server = start(peerServer(), [protocol, "2001"]);
    await server.printed(/ready/);
    const target = `${protocol}://127.0.0.1:2001`;
    const add = PEER_V1.procedures.add;
    const refusal = async (change: object, procedure: object = {}) => {
      const program = { ...PEER_V1, ...change, procedures: { add: { ...add, ...procedure } } };
      await using client = createClient(program, target, { timeout: 30_000 });
      const error = await client.add({ a: 100_000, b: 2 }).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof RpcRefused, String(error));
      // Over UDP there may be other copies of the call.
      assert.equal(error.mayHaveRun, protocol === "udp");
      return error;
    };
    assert.equal((await refusal({ number: 0x2345_9999 })).code, "RPC_PROG_UNAVAIL");
    assert.equal((await refusal({}, { number: 77 })).code, "RPC_PROC_UNAVAIL");
    // ECHO reads a as a length; over UDP, C takes its whole buffer of 65,000 bytes for the message.
    assert.equal((await refusal({}, { number: 2 })).code, "RPC_GARBAGE_ARGS");
    const { code, low, high } = await refusal({ version: 2 });
    assert.deepEqual({ code, low, high }, { code: "RPC_PROG_MISMATCH", low: 1, high: 3 });
  });
}

peerTest("our client reads replies of many fragments, and large ones", ["c", "namespace"], async () => {
  for (const [buffer, largest] of [
    ["400", 390_000],
    ["4000", 3_000_000],
    ["0", 3_000_000],
  ] as const) {
    await using server = start(peerServer(), ["tcp", "2001", buffer]);
    await server.printed(/ready/);
    await using client = createClient(PEER_V1, "tcp://127.0.0.1:2001", { timeout: 60_000 });
    for (const size of [395, 396, 397, 100_000, largest]) {
      const bytes = await client.fill(size);
      assert.equal(bytes.length, size);
      assert.ok(bytes.every((value, i) => value === (i & 255)));
    }
    const large = Uint8Array.from({ length: largest + 1 }, (_, i) => i * 13);
    assert.deepEqual(await client.echo(large), large);
  }
});

peerTest("our client finds a C server through Debian's rpcbind", ["c", "rpcbind", "namespace"], async () => {
  await using _rpcbind = await startDebianRpcbind();
  await using server = start(peerServer(), ["tcp", "udp"]);
  await server.printed(/ready/);
  for (const target of ["127.0.0.1", "localhost", "::1", "udp://127.0.0.1", "udp://[::1]"]) await exercise(target);
});

peerTest(
  "a C server registers with our rpcbind through its Unix socket, and our client finds it",
  ["c", "namespace"],
  async () => {
    await using rpcbind = await startRpcbind({ unixPath: "/run/rpcbind.sock" });
    await using server = start(peerServer(), ["tcp", "udp"]);
    await server.printed(/ready/);
    assert.equal(rpcbind.url, "tcp://127.0.0.1:111");
    for (const target of ["127.0.0.1", "udp://127.0.0.1"]) await exercise(target);
  },
);

peerTest(
  "a C server registers with our rpcbind over TCP where there is no Unix socket",
  ["c", "namespace"],
  async () => {
    await using _rpcbind = await startRpcbind({ host: "::" });
    await using server = start(peerServer(), ["tcp", "udp"]);
    await until(
      async () => (/ready|cannot/.test(server.output()) ? true : undefined),
      () => `the C server: ${server.output()}`,
    );
    assert.match(server.output(), /ready/);
    for (const target of ["127.0.0.1", "::1", "udp://127.0.0.1"]) await exercise(target);
  },
);
