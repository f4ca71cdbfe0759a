// A made-up framing whose messages have their length in themselves, as the PDUs of DCE RPC have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../testing/waiting.test-support.js";
import type { XdrWriter } from "../xdr/writer.js";
import { TransportError } from "./errors.js";
import type { Framing, MessageParser } from "./framing.js";
import { openConnection, openListener } from "./index.js";
import type { RecordSink } from "./record-marking.js";

/** Two bytes of length, which count themselves, little-endian, within the message. */
class InnerLength implements MessageParser {
  stopped = false;
  readonly #sink: RecordSink;
  readonly #most: number;
  #held = Buffer.alloc(0);

  constructor(sink: RecordSink, most: number) {
    this.#sink = sink;
    this.#most = most;
  }

  get midRecord(): boolean {
    return this.#held.length > 0;
  }

  push(chunk: Buffer, from: number, end: number): number {
    const before = this.#held.length;
    const all = Buffer.concat([this.#held, chunk.subarray(from, end)]);
    this.#held = Buffer.alloc(0);
    let at = 0;
    while (!this.stopped && all.length - at >= 2) {
      const length = all.readUInt16LE(at);
      if (length < 2 || length > this.#most) {
        this.#sink.failed(new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `a message of ${length} bytes`));
        return end;
      }
      if (all.length - at < length) break;
      at += length;
      this.#sink.record(all, at - length, at, false);
    }
    if (this.stopped) return from + at - before;
    this.#held = all.subarray(at);
    return end;
  }

  space(): undefined {
    return undefined;
  }

  filled(): void {}

  abandon(): void {
    this.stopped = true;
    this.#held = Buffer.alloc(0);
  }
}

const inner: Framing = {
  header: 0,
  longest: 65_535,
  mark: (view, at, length) => view.setUint16(at, length, true),
  parser: (sink, { record = 1_000 }) => new InnerLength(sink, record),
};

/** A message: room for its length, and a text. */
const text = (out: XdrWriter, value: string): void => {
  out.writeBytes(Buffer.alloc(2));
  out.writeBytes(Buffer.from(value));
};

test("a stream with a framing of its own carries whole messages, however they are cut into chunks", async (t) => {
  const seen: string[] = [];
  let end: Error | undefined;
  const listener = await openListener(
    "tcp://127.0.0.1:0",
    (connection) => {
      t.after(() => connection.destroy());
      connection.open({
        message: (bytes, from, to) => {
          seen.push(Buffer.from(bytes.subarray(from + 2, to)).toString());
          if (seen.length === 5) {
            connection.pause();
            setImmediate(() => connection.resume());
          }
        },
        drained: () => undefined,
        closed: (error) => {
          end = error;
        },
      });
    },
    { framing: inner },
  );
  t.after(() => listener.close());
  const connection = await openConnection(listener.address, { framing: inner });
  t.after(() => connection.destroy());
  connection.open({ message: () => undefined, drained: () => undefined, closed: () => undefined });
  const texts = Array.from({ length: 200 }, (_, i) => `${i}${"x".repeat(i * 4)}`);
  for (const one of texts) connection.send(text, one);
  await until(
    () => seen.length === 200,
    () => `200 messages; there are ${seen.length}`,
  );
  assert.deepEqual(seen, texts);
  assert.throws(() => connection.send(text, "x".repeat(65_536)), { code: "TRANSPORT_MESSAGE_TOO_LONG" });
  connection.send(text, "x".repeat(2_000));
  await until(
    () => end !== undefined,
    () => "the end",
  );
  assert.match(String(end), /a message of 2002 bytes/);
});
