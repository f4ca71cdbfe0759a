import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Peer } from "../peer/peer.js";
import { adder, adding, call, RawEnd } from "../rpc/adder.test-support.js";
import { RpcDisconnected, type RpcError } from "../rpc/errors.js";
import { memoryPair } from "../transport/memory.js";
import { connectTcp } from "../transport/tcp.js";
import { Server } from "./server.js";
import { silence } from "./silence.js";

/** A server whose calls of LATER wait for `finish`, and that is silent about negative ones. */
function slow() {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const runs: number[] = [];
  const later = async (value: number): Promise<number> => {
    runs.push(value);
    if (value < 0) throw silence();
    await finished;
    return value;
  };
  return { server: new Server().implement(adder, adding({ later })), runs, finish };
}

async function disconnection(outcome: Promise<unknown>): Promise<RpcDisconnected> {
  const error = await outcome.then(
    (value) => assert.fail(`a result: ${value}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RpcDisconnected, String(error));
  return error;
}

for (const kind of ["memory", "tcp"]) {
  test(`over ${kind} calls that a closing server answers have their results, and the others did not run`, async () => {
    const { server, runs, finish } = slow();
    const peer = new Peer(await connectionTo(server, kind));
    const accepted = call(peer, "later", [1]);
    while (runs.length === 0) await turn();
    const closing = server.close();
    const unread = [2, 3, 4].map((value) => disconnection(call(peer, "later", [value])));
    await turn();
    finish();
    assert.equal(await accepted, 1);
    for (const one of unread) assert.equal((await one).mayHaveRun, false);
    assert.deepEqual(runs, [1]);
    await closing;
  });
}

async function connectionTo(server: Server, kind: string) {
  if (kind === "tcp") {
    const { address } = await server.listen("tcp://127.0.0.1:0");
    return connectTcp({ host: "127.0.0.1", port: (address as { port: number }).port });
  }
  const [near, far] = memoryPair();
  server.accept(far);
  return near;
}

for (const kind of ["memory", "tcp"]) {
  test(`over ${kind} a closing server serves the calls on which its calls back depend, and no others`, async () => {
    const runs: number[] = [];
    let closing: Promise<void> | undefined;
    /** Calls the other end, which does the same, down to 0. The fourth of these calls closes the server. */
    const nested = adding({
      later: async (value, { peer }) => {
        runs.push(value);
        if (value === 6) closing = server.close();
        return value === 0 ? 0 : ((await call(peer, "later", [value - 1])) as number) + 1;
      },
    });
    const server = new Server().implement(adder, nested);
    const connection = await connectionTo(server, kind);
    const peer = new Server().implement(adder, nested).accept(connection);
    assert.equal(await call(peer, "later", [9]), 9);
    await closing;
    assert.deepEqual(runs, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    const late = await disconnection(call(peer, "later", [9]));
    assert.equal(late.mayHaveRun, false);
    assert.equal(runs.length, 10);
  });
}

test("a server that left a call without a reply does not say that all have one", async () => {
  const { server } = slow();
  const [near, far] = memoryPair();
  server.accept(far);
  const peer = new Peer(near);
  const silent = disconnection(call(peer, "later", [-1]));
  assert.equal(await call(peer, "add", [{ a: 1, b: 2 }]), 3);
  await server.close();
  assert.equal((await silent).mayHaveRun, true);
});

test("a server that is destroyed says nothing: its calls may have run", async () => {
  const { server, runs } = slow();
  const [near, far] = memoryPair();
  server.accept(far);
  const running = disconnection(call(new Peer(near), "later", [1]));
  while (runs.length === 0) await turn();
  server.destroy();
  assert.equal((await running).mayHaveRun, true);
});

const leaving = "2c000001 00000001 00000000 00000000 00000000 00000024";

test("over datagrams, which anybody can send, that message means nothing", async () => {
  for (const reliable of [true, false]) {
    const [near, far] = memoryPair({ reliable });
    const raw = new RawEnd(far);
    const peer = new Peer(near);
    const outcome = call(peer, "add", [{ a: 1, b: 2 }], { semantics: "maybe" });
    await raw.next();
    raw.send(leaving);
    await turn();
    await turn();
    far.destroy();
    const error = await outcome.catch((reason: unknown) => reason as RpcError);
    assert.equal((error as RpcError).mayHaveRun, !reliable);
  }
});

test("a connection that has made no call gets no such message", async () => {
  const server = new Server().implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const socket = connect((address as { port: number }).port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => received.push(bytes));
  await once(socket, "connect");
  while (server.connections === 0) await turn();
  await Promise.all([once(socket, "end"), server.close()]);
  assert.equal(Buffer.concat(received).length, 0);
});
