// A pipe between the supervisor and a worker process, for the messages that each call needs. A message of `process.send` takes four times
// the processor time.
import type { Duplex } from "node:stream";
import { recordMarking } from "../transport/framing.js";
import { longestFragment } from "../transport/record-marking.js";
import { bufferOf } from "../xdr/memory.js";
import { XdrReader } from "../xdr/reader.js";
import type { XdrType } from "../xdr/type.js";
import { XdrWriter } from "../xdr/writer.js";

/** A writer that has grown beyond this number of bytes releases its memory. */
const mostScratch = 64 * 1024;

/** One end of a pipe whose messages are values of XDR types. Both ends belong to this package: a malformed message is a fault of it. */
export class Wire<Sent, Received> {
  readonly #stream: Duplex;
  readonly #out = new XdrWriter();
  readonly #sends: Pick<XdrType<unknown, Sent>, "encode">;

  /** `receive` gets each message, `failed` the first error of a message, after which none is read. */
  constructor(
    stream: Duplex,
    sends: Pick<XdrType<unknown, Sent>, "encode">,
    receives: Pick<XdrType<Received>, "decode">,
    receive: (message: Received) => void,
    failed: (error: unknown) => void,
  ) {
    this.#stream = stream;
    this.#sends = sends;
    const stop = (error: unknown): void => {
      stream.destroy();
      failed(error);
    };
    const from = new XdrReader();
    const record = (bytes: Uint8Array, start: number, end: number): void => {
      from.reset(bytes, start, end);
      receive(receives.decode(from));
    };
    const parser = recordMarking.parser({ record, failed: stop }, { record: longestFragment });
    stream.on("data", (chunk: Buffer) => {
      try {
        parser.push(chunk, 0, chunk.length);
      } catch (error) {
        stop(error);
      }
    });
    // The other process has ended.
    stream.on("error", () => undefined);
  }

  send(message: Sent): void {
    if (this.#stream.destroyed) return;
    const out = this.#out;
    if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(1024));
    out.reset();
    const at = out.reserve(recordMarking.header);
    this.#sends.encode(out, message);
    const bytes = bufferOf(out.toBytes());
    recordMarking.mark(new DataView(bytes.buffer, bytes.byteOffset), at, bytes.length - recordMarking.header);
    this.#stream.write(bytes);
  }

  /** Resolves when all that was sent has left this process, or cannot leave it. */
  flushed(): Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once("close", () => resolve());
      stream.write("", () => resolve());
    });
  }
}

/** The bytes of a message, for threads. */
export function encoded<T>(type: Pick<XdrType<unknown, T>, "encode">, message: T): Uint8Array {
  const out = new XdrWriter();
  type.encode(out, message);
  return out.toBytes();
}
