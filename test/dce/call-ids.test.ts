// The numbers of calls on one connection: which PDU belongs to which call, and what cancels it.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import {
  createDceClient,
  type DceFault,
  type DceImplementation,
  type DceIncomingCall,
  DceServer,
  DceStatus,
} from "lupine/dce";
import { Sample_v1, type Sample_v1_Operations } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { closing, dialed, reply } from "../support/dce-connection.js";
import * as pdus from "../support/dce-pdus.js";

const nothing = 1;
const empty = new Uint8Array(0);

/** A bound connection to a server whose `nothing` is this function. */
async function bound(
  t: TestContext,
  own: DceImplementation<Sample_v1_Operations>["nothing"],
): Promise<{ socket: Socket; add: () => Promise<void> }> {
  const server = new DceServer().implement(Sample_v1, { ...implementation(), nothing: own });
  const { port, address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  t.after(() => server.destroy());
  const socket = await dialed(port);
  t.after(() => socket.destroy());
  socket.write(pdus.pdu(pdus.bind, pdus.binding(1)));
  assert.equal((await reply(socket))?.[2], pdus.bindAck);
  const add = async (): Promise<void> => {
    await using client = createDceClient(Sample_v1, address);
    assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
  };
  return { socket, add };
}

const called = (flags = 3, callId = 7): Buffer => pdus.pdu(pdus.request, pdus.call(nothing, empty), { flags, callId });

test("a request with the number of a call that runs ends the connection, and does not run", async (t) => {
  const [first, last, whole] = [1, 2, 3];
  for (const repeated of [called(whole), called(first), called(last), called(0)]) {
    let runs = 0;
    const signals: AbortSignal[] = [];
    const { socket, add } = await bound(t, ({ signal }) => {
      runs++;
      signals.push(signal);
      return once(signal, "abort") as unknown as Promise<void>;
    });
    const closed = closing(socket);
    socket.write(called());
    await add();
    socket.resume().write(repeated);
    await closed;
    await add();
    assert.equal(runs, 1);
    assert.equal(signals[0]?.aborted, true);
  }
});

test("a call that begins twice before it is complete ends the connection, and does not run", async (t) => {
  let runs = 0;
  const { socket, add } = await bound(t, () => void runs++);
  const closed = closing(socket);
  socket.resume().write(Buffer.concat([called(1), called(3), called(2)]));
  await closed;
  await add();
  assert.equal(runs, 0);
});

test("fragments of one call name the same operation and interface, or the connection ends", async (t) => {
  let runs = 0;
  const { socket, add } = await bound(t, () => void runs++);
  const closed = closing(socket);
  socket.resume().write(pdus.pdu(pdus.request, pdus.call(0, empty), { flags: 1, callId: 7 }));
  socket.write(called(2));
  await closed;
  await add();
  assert.equal(runs, 0);
});

test("the number of a call that was given up may be used again: its late result is not the new call's", async (t) => {
  const ends: (() => void)[] = [];
  const { socket, add } = await bound(t, () => new Promise<void>((resolve) => ends.push(resolve)));
  socket.write(Buffer.concat([called(), pdus.pdu(pdus.orphaned, empty, { callId: 7 }), called()]));
  await add();
  assert.equal(ends.length, 2);
  ends[0]?.();
  await add();
  assert.equal(socket.readableLength, 0);
  ends[1]?.();
  const answer = await reply(socket);
  assert.deepEqual([answer?.[2], answer?.readUInt32LE(12)], [pdus.response, 7]);
});

for (const [what, type] of [
  ["cancel", pdus.cancel],
  ["orphaned", pdus.orphaned],
] as const) {
  test(`${what} aborts the signal of its call alone, also if the signal is read afterwards`, async (t) => {
    const calls: DceIncomingCall[] = [];
    const ends: (() => void)[] = [];
    const { socket, add } = await bound(t, (call) => {
      calls.push(call);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
    socket.write(Buffer.concat([called(3, 1), called(3, 2), pdus.pdu(type, empty, { callId: 2 })]));
    socket.write(pdus.pdu(type, empty, { callId: 99 }));
    await add();
    assert.equal(calls[0]?.signal.aborted, false);
    assert.equal(calls[1]?.signal.aborted, true);
    assert.equal((calls[1]?.signal.reason as DceFault | undefined)?.status, DceStatus.cancelled);
    for (const end of ends) end();
    const answers = [(await reply(socket))?.readUInt32LE(12)];
    if (type === pdus.cancel) answers.push((await reply(socket))?.readUInt32LE(12));
    assert.deepEqual(answers.sort(), type === pdus.cancel ? [1, 2] : [1]);
  });
}

test("the end of a connection aborts the signals of its calls, also those that are read afterwards", async (t) => {
  const calls: DceIncomingCall[] = [];
  const { socket, add } = await bound(t, (call) => {
    calls.push(call);
    if (calls.length === 1) assert.equal(call.signal.aborted, false);
    return new Promise<void>(() => undefined);
  });
  socket.write(Buffer.concat([called(3, 1), called(3, 2)]));
  await add();
  const ended = once(calls[0]?.signal as AbortSignal, "abort");
  socket.destroy();
  await ended;
  assert.equal(calls[1]?.signal.aborted, true);
});
