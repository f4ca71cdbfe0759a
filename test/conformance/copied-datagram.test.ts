// The network delivers one datagram twice: a server runs the first copy, and the second one meets the server that took its
// place. The client has sent its call once, and only sees the answer to the second copy.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { acceptSys, createClient, type RpcError, Server } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";

async function socket(t: TestContext): Promise<Socket> {
  const made = createSocket("udp4").bind(0, "127.0.0.1");
  t.after(() => made.close());
  await once(made, "listening");
  return made;
}

async function portOf(t: TestContext, server: Server): Promise<number> {
  t.after(() => server.destroy());
  const { address } = await server.listen("udp://127.0.0.1:0");
  assert.ok("port" in address);
  return address.port;
}

/** Passes a datagram to the first server, drops its answer, and passes the same datagram to the second one. @returns its URL. */
async function twice(t: TestContext, first: number, second: number): Promise<string> {
  const [outside, toFirst, toSecond] = [await socket(t), await socket(t), await socket(t)];
  let caller = 0;
  let copy = Buffer.alloc(0);
  outside.on("message", (call: Buffer, { port }) => {
    caller = port;
    copy = Buffer.from(call);
    toFirst.send(call, first, "127.0.0.1");
  });
  toFirst.on("message", () => toSecond.send(copy, second, "127.0.0.1"));
  toSecond.on("message", (answer: Buffer) => outside.send(answer, caller, "127.0.0.1"));
  return `udp://127.0.0.1:${outside.address().port}`;
}

const others: Readonly<Record<string, () => Server>> = {
  RPC_PROG_UNAVAIL: () => new Server(),
  RPC_PROG_MISMATCH: () => new Server().implement({ ...ADD_VERS, version: 7 }, { add: () => 0 }),
  RPC_PROC_UNAVAIL: () =>
    new Server().implement(
      { ...ADD_VERS, procedures: { other: { ...ADD_VERS.procedures.add, number: 9 } } },
      {
        other: () => 0,
      },
    ),
  RPC_AUTH_ERROR: () => new Server({ auth: [acceptSys()] }).implement(ADD_VERS, { add: () => 0 }),
};

for (const [code, other] of Object.entries(others)) {
  test(`${code} over UDP says that the call may have run, although it was sent once`, async (t) => {
    let runs = 0;
    const server = new Server().implement(ADD_VERS, { add: () => ++runs });
    const url = await twice(t, await portOf(t, server), await portOf(t, other()));
    await using client = createClient(ADD_VERS, url, { retransmit: { first: 60_000 }, timeout: 60_000 });
    const error = await client.add({ a: 1, b: 2 }).catch((failure: RpcError) => failure);
    assert.ok(typeof error !== "number");
    assert.deepEqual([error.code, error.mayHaveRun, runs], [code, true, 1]);
  });
}
