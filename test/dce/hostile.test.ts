// A DCE server under attack: it never fails, keeps its bounds, and serves others meanwhile.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { createDceClient, DceServer } from "lupine/dce";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { countOf, thoroughTest } from "../support/count-of.js";
import { closing, dialed, reply } from "../support/dce-connection.js";
import {
  alterContext,
  bind,
  bindAck,
  binding,
  bindNak,
  call,
  fault,
  orphaned,
  pdu,
  request,
} from "../support/dce-pdus.js";
import fc from "../support/fast-check.js";

async function serving(options: ConstructorParameters<typeof DceServer>[0] = {}) {
  const server = new DceServer(options).implement(Sample_v1, implementation());
  const { port, address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  return {
    port,
    server,
    /** An honest call. */
    async add() {
      await using client = createDceClient(Sample_v1, address);
      assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
    },
    async [Symbol.asyncDispose]() {
      server.destroy();
      await server.close();
    },
  };
}

test("bytes that are not DCE RPC end their connection alone", async () => {
  await using target = await serving();
  const attacks = [
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    Buffer.alloc(64),
    pdu(bind, new Uint8Array(0), { length: 3 }),
    pdu(bind, new Uint8Array(4)),
    pdu(bindAck, binding(1)),
    pdu(alterContext, binding(1)),
    Buffer.concat([pdu(bind, binding(1)), pdu(bind, binding(1))]),
    Buffer.from([5, 0, 0, 3, 0x11, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0]),
  ];
  for (const attack of attacks) {
    const socket = await dialed(target.port);
    const closed = closing(socket);
    socket.resume().write(attack);
    await closed;
  }
  await target.add();
});

test("a request without a bind, or with unknown numbers, gets a fault that says it did not run", async () => {
  await using target = await serving();
  const socket = await dialed(target.port);
  socket.write(pdu(request, call(0, new Uint8Array(8))));
  const before = await reply(socket);
  assert.deepEqual([before?.[2], before?.readUInt32LE(24)], [fault, 0x1c010003]);
  socket.write(pdu(bind, binding(1)));
  assert.equal((await reply(socket))?.[2], bindAck);
  for (const [opnum, stub, status] of [
    [99, 8, 0x1c010002],
    [0, 7, 0x6f7],
    [0, 9, 0x6f7],
  ] as const) {
    socket.write(pdu(request, call(opnum, new Uint8Array(stub))));
    const answer = await reply(socket);
    assert.deepEqual([answer?.[2], answer?.readUInt32LE(24)], [fault, status]);
    assert.equal((answer?.[3] ?? 0) & 0x20, 0x20);
  }
  socket.destroy();
});

test("a bind in another version or representation is refused with the reason, and nothing else is read", async () => {
  await using target = await serving();
  const right = pdu(bind, binding(1), { callId: 7 });
  for (const [offset, value, reason] of [
    [0, 4, 4], // version 4.0
    [1, 2, 4], // version 5.2
    [4, 0x11, 6], // EBCDIC
    [5, 3, 6], // IBM's floating-point numbers
  ] as const) {
    const bytes = Buffer.from(right);
    bytes[offset] = value;
    const socket = await dialed(target.port);
    const closed = closing(socket);
    socket.write(Buffer.concat([bytes, right]));
    const answer = await reply(socket);
    assert.deepEqual([answer?.[2], answer?.readUInt32LE(12), answer?.readUInt16LE(16)], [bindNak, 7, reason]);
    assert.equal(await reply(socket), undefined);
    socket.end();
    await closed;
  }
  await target.add();
});

test("a fragment of a call that never began gets a fault, the rest of a refused one does not", async () => {
  await using target = await serving({ maxCalls: 1 });
  const socket = await dialed(target.port);
  socket.write(pdu(bind, binding(1)));
  assert.equal((await reply(socket))?.[2], bindAck);
  const fragment = (callId: number, flags: number) => pdu(request, call(0, new Uint8Array(8)), { callId, flags });
  const answer = async () => {
    const bytes = await reply(socket);
    return [bytes?.readUInt32LE(12), bytes?.[2], bytes?.readUInt32LE(24), (bytes?.[3] ?? 0) & 0x20];
  };
  const middle = 0;
  const [first, last] = [1, 2];
  socket.write(Buffer.concat([fragment(5, middle), fragment(5, middle), fragment(5, last)]));
  assert.deepEqual(await answer(), [5, fault, 0x1c01000b, 0x20]);
  socket.write(fragment(6, last));
  assert.deepEqual(await answer(), [6, fault, 0x1c01000b, 0x20]);
  // Call 7 takes the only place; 8 is refused, and its rest is skipped. 7 is given up, and so is its rest.
  socket.write(Buffer.concat([fragment(7, first), fragment(8, first), fragment(8, middle), fragment(8, last)]));
  assert.deepEqual(await answer(), [8, fault, 0x1c010014, 0x20]);
  socket.write(Buffer.concat([pdu(orphaned, new Uint8Array(0), { callId: 7 }), fragment(7, last)]));
  socket.write(fragment(9, last));
  assert.deepEqual(await answer(), [9, fault, 0x1c01000b, 0x20]);
  socket.destroy();
});

test("a bind that asks for authentication is refused", async () => {
  await using target = await serving();
  const socket = await dialed(target.port);
  socket.write(pdu(bind, binding(1), { auth: 8 }));
  assert.equal((await reply(socket))?.[2], bindNak);
  socket.destroy();
});

// As in CVE-2015-5370 (samba): PDUs of binding that come again, in another order, or without end.
test("a storm of alter_context stops at the limit of contexts", async () => {
  await using target = await serving({ maxContexts: 10 });
  const socket = await dialed(target.port);
  socket.write(pdu(bind, binding(1)));
  await reply(socket);
  const reasons: number[] = [];
  for (let i = 1; i <= 12; i++) {
    socket.write(pdu(alterContext, binding(1, i)));
    const answer = await reply(socket);
    reasons.push(answer?.readUInt16LE(34) ?? -1);
  }
  assert.deepEqual(reasons, [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3]);
  socket.destroy();
});

thoroughTest("a flood of fragments, of one call or of many, is refused at the limit of bytes", async () => {
  // The connection that holds most would be closed.
  await using target = await serving({ maxStub: 100_000, maxBytes: 110_000 });
  for (const calls of [1, 50]) {
    for (const size of [0, 1, 1_400]) {
      const socket = await dialed(target.port);
      socket.write(pdu(bind, binding(1)));
      assert.equal((await reply(socket))?.[2], bindAck);
      const stub = new Uint8Array(size);
      const first = Array.from({ length: calls }, (_, i) => pdu(request, call(2, stub), { flags: 1, callId: i }));
      socket.write(Buffer.concat(first));
      const more = Array.from({ length: 4_000 }, (_, i) =>
        pdu(request, call(2, stub), { flags: 0, callId: i % calls }),
      );
      socket.write(Buffer.concat(more));
      const refused = await reply(socket);
      assert.deepEqual([refused?.[2], refused?.readUInt32LE(24)], [fault, 0x1c00001b]);
      await target.add();
      socket.destroy();
    }
  }
});

test("connections that do nothing, or begin a call and do not end it, keep nobody out", async () => {
  await using target = await serving({ maxConnections: 3 });
  const sockets: Socket[] = [];
  for (let i = 0; i < 10; i++) {
    const socket = await dialed(target.port);
    socket
      .resume()
      .write(Buffer.concat([pdu(bind, binding(1)), pdu(request, call(2, new Uint8Array(8)), { flags: 1 })]));
    sockets.push(socket);
    await target.add();
  }
  for (const socket of sockets) socket.destroy();
});

// As in CVE-2015-5370 (samba): fragments that begin calls and do not end them.
test("calls that are begun and given up leave nothing behind", async () => {
  await using target = await serving({ maxCalls: 2, maxStub: 10_000 });
  const socket = await dialed(target.port);
  socket.write(pdu(bind, binding(1)));
  await reply(socket);
  const rounds = Array.from({ length: 1_000 }, (_, callId) => [
    pdu(request, call(2, new Uint8Array(1_000)), { flags: 1, callId }),
    pdu(orphaned, new Uint8Array(0), { callId }),
  ]);
  socket.write(Buffer.concat([...rounds.flat(), pdu(request, call(1, new Uint8Array(0)))]));
  assert.equal((await reply(socket))?.[2], 2);
  socket.destroy();
});

// As in CVE-2012-1182 and CVE-2007-2446 (samba): numbers of elements that overflow the size of the memory for them.
test("announced sizes beyond the stub are refused", async () => {
  await using target = await serving();
  const socket = await dialed(target.port);
  socket.write(pdu(bind, binding(1)));
  await reply(socket);
  for (const size of [0xffff_ffff, 0x8000_0000, 0x4000_0000, 0x4000_0001]) {
    const stub = Buffer.alloc(12);
    stub.writeUInt32LE(size, 0);
    stub.writeUInt32LE(size, 4);
    socket.write(pdu(request, call(2, stub)));
    const answer = await reply(socket);
    assert.deepEqual([answer?.[2], answer?.readUInt32LE(24)], [fault, 0x6f7]);
  }
  socket.destroy();
});

test("random PDUs never harm the server", async () => {
  const errors: unknown[] = [];
  await using target = await serving({ onError: (error) => errors.push(error) });
  const types = fc.constantFrom(request, bind, alterContext, 2, 3, 12, 16, 17, 18, orphaned);
  const one = fc.record({
    type: types,
    flags: fc.integer({ min: 0, max: 255 }),
    callId: fc.integer({ min: 0, max: 3 }),
    body: fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(binding(1)), fc.constant(call(3, new Uint8Array(4)))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 8 }), async (pdus) => {
      const socket = await dialed(target.port);
      const closed = closing(socket);
      socket.resume();
      socket.end(
        Buffer.concat([pdu(bind, binding(1)), ...pdus.map(({ type, body, ...rest }) => pdu(type, body, rest))]),
      );
      await closed;
    }),
    { numRuns: countOf(300, 40) },
  );
  await target.add();
  for (const error of errors) assert.ok(!(error instanceof TypeError), String(error));
});
