// Calls of a session whose caller may give them up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClientWith } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { RpcError } from "../rpc/errors.js";
import { Server } from "../server/server.js";
import { MemoryNetwork } from "../testing/index.js";
import { serveSessions } from "./index.js";
import { Run } from "./run.js";
import { Gate, wiring } from "./sessions.test-support.js";

const codeOf = ({ code, mayHaveRun, cause }: RpcError): string => `${code}, may have run: ${mayHaveRun}, ${cause}`;

/** A server with one slot a session, whose calls to `later` end when the test says so. */
async function start(target: string) {
  const network = new MemoryNetwork();
  const gate = new Gate();
  const server = new Server({ onError: () => undefined }).implement(adder, adding({ later: gate.later as never }));
  const sessions = serveSessions(server, { slots: 1 });
  const { address } = await server.listen(target, { network } as never);
  const client = createClientWith(wiring, adder, address, {
    semantics: { add: "exactly-once", later: "exactly-once" },
    connection: { network },
  } as ClientOptions);
  // The session is made, and the connection.
  await client.add({ a: 0, b: 0 });
  return { server, sessions, client, gate };
}

for (const target of ["memory:add", "tcp://127.0.0.1:0", "udp://127.0.0.1:0"]) {
  test(`a call that is given up fails at once and keeps its slot until it has ended, over ${target}`, async () => {
    const { server, sessions, client, gate } = await start(target);
    const caller = new AbortController();
    const { signal } = caller;
    assert.equal(await client.add({ a: 1, b: 2 }, { signal }), 3);
    const given = client.later(7, { signal }).catch(codeOf);
    await gate.reached(1);
    caller.abort(new Error("enough"));
    assert.equal(await given, "RPC_CANCELLED, may have run: true, Error: enough");
    const refused = client.add({ a: 1, b: 1 }, { signal }).catch(codeOf);
    assert.equal(await refused, "RPC_CANCELLED, may have run: false, Error: enough");
    const next = client.later(8, { signal: new AbortController().signal });
    gate.open();
    assert.equal(await next, 8);
    assert.deepEqual([gate.begun, sessions.stats.runs, sessions.stats.misordered], [[7, 8], 4, 0]);
    await client[Symbol.asyncDispose]();
    await server.close();
  });

  test(`a usual call with a signal goes the short way, and leaves no listener, over ${target}`, async (context) => {
    const { server, client } = await start(target);
    const { signal } = new AbortController();
    const added = context.mock.method(signal, "addEventListener");
    const removed = context.mock.method(signal, "removeEventListener");
    const long = context.mock.getter(Run.prototype, "signal");
    const runs = context.mock.method(Run.prototype, "follow");
    for (let a = 0; a < 20; a++) assert.equal(await client.add({ a, b: 1 }, { signal }), a + 1);
    assert.deepEqual([runs.mock.callCount(), long.mock.callCount()], [0, 0]);
    assert.deepEqual([added.mock.callCount(), removed.mock.callCount()], [20, 20]);
    await client[Symbol.asyncDispose]();
    await server.close();
  });
}
