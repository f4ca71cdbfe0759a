// Bytes that a peer makes the other end keep: parts of PDUs, and of messages.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { test } from "node:test";
import { createDceClient, DceServer } from "lupine/dce";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import * as pdus from "../support/dce-pdus.js";

function connected(server: DceServer): Duplex {
  const [near, distant] = duplexPair();
  near.on("error", () => undefined);
  distant.once("close", () => near.destroy());
  server.accept(distant);
  return near;
}

test("parts of PDUs count for a server's maxBytes, and the connection that holds most gives way", async () => {
  const errors: string[] = [];
  await using server = new DceServer({
    maxBytes: 200_000,
    onError: (error) => errors.push(error instanceof Error ? error.message : String(error)),
  }).implement(Sample_v1, implementation());
  const half = pdus.pdu(pdus.request, pdus.call(2, new Uint8Array(60_000)), { flags: 1 }).subarray(0, -100);
  const connections = Array.from({ length: 10 }, () => connected(server));
  for (const one of connections) one.resume().write(Buffer.concat([pdus.pdu(pdus.bind, pdus.binding(1)), half]));
  let open = connections.length;
  for (const one of connections) one.once("close", () => open--);
  await using client = createDceClient(Sample_v1, () => connected(server));
  assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
  while (open > 3) await once(connections.find(({ closed }) => !closed) as Duplex, "close");
  assert.equal(errors.length, 7);
  assert.match(errors[0] ?? "", /^it holds 59980 bytes, .* of 200000 \(maxBytes\)$/);
  // Those that remain are served.
  const last = connections.find(({ closed }) => !closed) as Duplex;
  last.write(new Uint8Array(100));
  assert.deepEqual(await client.add(3, 4), { sum: 7, result: 0 });
});

test("PDUs that are handled as they arrive do not count, however many arrive at once", async () => {
  const errors: unknown[] = [];
  const options = { maxBytes: 200_000, maxStub: 150_000, onError: (error: unknown) => errors.push(error) };
  await using server = new DceServer(options).implement(Sample_v1, implementation());
  const near = connected(server);
  const parts = [1, 0, 0, 2].map((flags) => pdus.pdu(pdus.request, pdus.call(1, new Uint8Array(30_000)), { flags }));
  near.resume().write(Buffer.concat([pdus.pdu(pdus.bind, pdus.binding(1)), ...parts]));
  await using client = createDceClient(Sample_v1, () => connected(server));
  assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
  assert.equal(near.destroyed, false);
  assert.deepEqual(errors, []);
});

test("replies that a server begins and does not end take twice a client's maxStub at most, whatever the number of calls", async () => {
  const [near, distant] = duplexPair();
  const calls = 20;
  const seen: number[] = [];
  let bytes = Buffer.alloc(0);
  distant.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 16 && bytes.length >= bytes.readUInt16LE(8)) {
      const type = bytes[2];
      const callId = bytes.readUInt32LE(12);
      bytes = bytes.subarray(bytes.readUInt16LE(8));
      if (type === pdus.bind) distant.write(pdus.pdu(pdus.bindAck, pdus.acceptance(), { callId, flags: 0x13 }));
      if (type !== pdus.request) continue;
      seen.push(callId);
      distant.write(pdus.pdu(pdus.response, pdus.call(0, new Uint8Array(5_000)), { callId, flags: 1 }));
      if (seen.length < calls) continue;
      // Those that the client has not given up are ended.
      for (const one of seen)
        distant.write(pdus.pdu(pdus.fault, pdus.call(0, Buffer.from("0300011c00000000", "hex")), { callId: one }));
    }
  });
  await using client = createDceClient(Sample_v1, () => near, { maxStub: 10_000 });
  const ends = await Promise.allSettled(Array.from({ length: calls }, () => client.nothing()));
  const reasons = ends.map((one) => (one.status === "rejected" ? (one.reason as Error).message : ""));
  assert.equal(
    reasons.filter((one) => /in replies that are not complete/.test(one)).length,
    calls - 4,
    reasons.join("\n"),
  );
});
