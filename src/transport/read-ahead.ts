// Memory for the next record of a stream whose records are long: the whole record is then read at once, into memory of its own.

/** A shorter record fits the usual read buffer. */
const shortest = 17 * 1024;
/** A longer record is not read at once: with its mark and the spare bytes it would take more than one turn. */
const longest = 256 * 1024 - 64;

/** The most bytes that all streams of the process keep ready: idle connections keep theirs. */
export const mostAhead = 8 * 1024 * 1024;

/** The bytes by which a buffer is longer than the record. So a read that brings only the record does not fill the buffer. */
const spare = 32;

/** After this number of short records in a row, no long one is expected. */
const mostShort = 8;

/** Bytes of all buffers that are kept ready. */
let ahead = 0;

/** The next long record of one stream. */
export class ReadAhead {
  /** Kept until a record takes it. */
  buffer: Buffer | undefined;
  #expected = 0;
  #short = 0;

  /** A record has come. `bytes` is its memory, if that is its own. */
  note(length: number, bytes: Uint8Array | false): void {
    if (!bytes || length < shortest) {
      if (this.#expected > 0 && ++this.#short === mostShort) this.#expected = 0;
      return;
    }
    this.#short = 0;
    this.#expected = length > longest ? 0 : length;
    if (this.has(bytes)) this.drop();
  }

  /** Whether `bytes` is a part of the buffer. */
  has(bytes: Uint8Array): boolean {
    const { buffer } = this;
    // Node finds the memory of an array only by a call into the engine.
    return buffer !== undefined && bytes.buffer === buffer.buffer;
  }

  /** Where to read the start of a record; undefined if no long one is expected. `midRecord`: one has begun. */
  next(midRecord: boolean): Buffer | undefined {
    if (midRecord) {
      // Perhaps in the buffer.
      this.drop();
      return undefined;
    }
    const wanted = this.#expected === 0 ? 0 : this.#expected + spare;
    const { buffer } = this;
    if (buffer?.length === wanted) return buffer;
    this.drop();
    if (wanted === 0 || ahead + wanted > mostAhead) return undefined;
    ahead += wanted;
    this.buffer = Buffer.allocUnsafeSlow(wanted);
    return this.buffer;
  }

  /** The buffer is used, or no longer needed. */
  drop(): void {
    ahead -= this.buffer?.length ?? 0;
    this.buffer = undefined;
  }
}
