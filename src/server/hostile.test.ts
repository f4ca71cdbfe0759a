import assert from "node:assert/strict";
import { test } from "node:test";
import { authSys } from "../auth/sys.js";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import { lossyConnection } from "../testing/lossy.js";
import { seededRandom } from "../testing/random.js";
import { turns } from "../testing/waiting.test-support.js";
import type { Connection } from "../transport/connection.js";
import { memoryPair } from "../transport/memory.js";
import type { XdrWriter } from "../xdr/writer.js";
import { Server } from "./server.js";

/** Keeps each message that `inner` sends, and sends a mutation of it before it. */
function mutating(inner: Connection, random: () => number, mark: number): Connection {
  const write = (out: XdrWriter, bytes: Uint8Array) => out.writeBytes(bytes);
  return {
    info: inner.info,
    open: (receiver) => inner.open(receiver),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    close: () => inner.close(),
    destroy: (error) => inner.destroy(error),
    send(writer, value) {
      return inner.send((out: XdrWriter) => {
        const start = out.offset;
        writer(out, value);
        inner.send(write, mutation(Uint8Array.from(out.buffer.subarray(start, out.offset)), random, mark));
      }, undefined);
    },
  };
}

function mutation(bytes: Uint8Array, random: () => number, mark: number): Uint8Array {
  const length = random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length;
  const mutated = bytes.slice(0, length);
  const changes = Math.floor(random() * 4);
  for (let i = 0; i < changes && length > 0; i++) {
    mutated[Math.floor(random() * length)] = random() < 0.5 ? 0xff : Math.floor(random() * 256);
  }
  // It must not be taken for the true message, nor its answer for the true one: each direction marks the xid.
  if (length >= 4) mutated[0] = (bytes[0] as number) ^ mark;
  return mutated;
}

test("mutated calls and replies never throw, and the true ones are answered all the same", async () => {
  const seed = 20_261_121;
  const random = seededRandom(seed);
  const [near, far] = memoryPair({ reliable: false });
  const errors: unknown[] = [];
  const server = new Server({ onError: (error) => errors.push(error) }).implement(adder, adding());
  server.accept(mutating(far, random, 0x40));
  const peer = new Peer(mutating(near, random, 0x80), {
    auth: authSys({ gids: [1, 2, 3] }),
    retransmit: { first: 5000 },
  });
  for (let round = 0; round < 20; round++) {
    const results = Array.from({ length: 100 }, (_, i) => call(peer, "add", [{ a: i, b: round }]));
    const values = await Promise.all(results);
    assert.deepEqual(
      values,
      values.map((_, i) => i + round),
      `seed ${seed}`,
    );
  }
  // Mutations that are no longer RPC messages, in bounded number.
  assert.ok(errors.length > 0);
  assert.deepEqual(
    errors.filter((error) => (error as { code?: string }).code !== "TRANSPORT_FOREIGN_PROTOCOL"),
    [],
  );
  assert.equal(peer.waiting, 0);
  assert.ok(peer.stats.unmatchedReplies > 1000);
});

test("over a network that loses a third of all messages every call runs once and is answered in the end", async () => {
  const [near, far] = memoryPair({ reliable: false });
  let runs = 0;
  const later = async (value: number) => {
    runs++;
    return value;
  };
  const server = new Server().implement(adder, adding({ later }));
  server.accept(lossyConnection(far, { drop: 0.33, duplicate: 0.2, seed: 3 }));
  const peer = new Peer(lossyConnection(near, { drop: 0.33, reorder: 0.3, seed: 4 }), {
    retransmit: { first: 15, longest: 30 },
  });
  const results = await Promise.all(Array.from({ length: 200 }, (_, i) => call(peer, "later", [i])));
  assert.deepEqual(
    results,
    results.map((_, i) => i),
  );
  assert.ok(peer.stats.retransmissions > 50 && server.stats.duplicates > 50);
  assert.equal(runs, 200);
  await turns();
  assert.equal(peer.waiting, 0);
});
