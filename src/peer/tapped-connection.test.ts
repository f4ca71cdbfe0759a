import assert from "node:assert/strict";
import { test } from "node:test";
import type { Receiver } from "../transport/connection.js";
import { memoryPair } from "../transport/memory.js";
import { tapConnection } from "./tapped-connection.js";

test("a tap gets copies: a connection that reads the next message into the same buffer does not change them", () => {
  const [near] = memoryPair();
  const seen: Uint8Array[] = [];
  let deliver = (_: Uint8Array): void => {};
  const reusing = Object.create(near, {
    open: {
      writable: true,
      value: (receiver: { message(bytes: Uint8Array, start: number, end: number, owned: boolean): void }) => {
        deliver = (bytes) => receiver.message(bytes, 1, 3, false);
      },
    },
  });
  tapConnection(reusing, (_, bytes) => void seen.push(bytes)).open({ message() {}, drained() {}, closed() {} });
  const buffer = Buffer.from([0, 1, 2, 3]);
  deliver(buffer);
  buffer.set([0, 8, 9, 0]);
  deliver(buffer);
  assert.deepEqual(seen, [Uint8Array.of(1, 2), Uint8Array.of(8, 9)]);
});

test("a tapped connection reports the bytes that wait to be sent", () => {
  const [near] = memoryPair();
  let report: ((change: number) => void) | undefined;
  const counting = Object.create(near, {
    open: { writable: true, value: ({ queued }: Receiver) => (report = queued) },
  });
  const changes: number[] = [];
  const queued = (change: number): void => void changes.push(change);
  tapConnection(counting, () => {}).open({ message() {}, drained() {}, closed() {}, queued });
  report?.(100);
  assert.deepEqual(changes, [100]);
});
