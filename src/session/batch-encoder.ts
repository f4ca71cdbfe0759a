// The bytes of records that are written together.
import { XdrWriter } from "../xdr/writer.js";
import { beginFrame, endBatch, endFrame } from "./log-file.js";

/** A writer that has grown beyond this number of bytes releases its memory. */
const mostScratch = 1024 * 1024;

export class BatchEncoder<R> {
  readonly #contents: { encode(out: XdrWriter, record: R): void };
  readonly #out = new XdrWriter();

  constructor(contents: { encode(out: XdrWriter, record: R): void }) {
    this.#contents = contents;
  }

  /** The bytes of a batch, in memory that the next call overwrites. The first `onDisk` bytes of the file are on the disk already. */
  batch(records: Iterable<R>, onDisk: number): Uint8Array {
    const out = this.#out;
    if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(1024));
    out.reset();
    for (const record of records) {
      const at = beginFrame(out);
      this.#contents.encode(out, record);
      endFrame(out, at);
    }
    endBatch(out, onDisk);
    return out.buffer.subarray(0, out.offset);
  }
}
