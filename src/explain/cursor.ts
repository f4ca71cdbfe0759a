// Reads a message group by group from the front, and stops at the first invalid byte.
import { BrandedError } from "../base/brand.js";
import { bufferOf } from "../xdr/memory.js";

/** Adjacent bytes that have one meaning. */
export interface Group {
  /** The offset in the explained bytes. */
  readonly offset: number;
  /** The number of bytes. */
  readonly length: number;
  /** "xid", "credential", or the path of a value: "dirs[3].name". */
  readonly name: string;
  /** The meaning, for people to read: "CALL", "AUTH_SYS, 24 bytes", `"JILL"`. */
  readonly text: string;
  /** Of a reference to a node: the path of the node, "nodes[3]". Absent for all other groups. */
  readonly leadsTo?: string;
}

/** An error in a message, and its position. */
export interface Fault {
  /** The offset of the first wrong byte. */
  readonly offset: number;
  /** The error, for people to read. */
  readonly message: string;
}

/** Thrown within this room to stop reading a message. */
export class BadMessage extends BrandedError {
  static override readonly kind: string = "BadMessage";
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Reads groups of one message, from front to back. */
export class Cursor {
  readonly groups: Group[] = [];
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bufferOf(bytes);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** A word of four bytes. `explain` gives its meaning. @throws BadMessage at the end of the message. */
  word(name: string, explain: (value: number) => string = String): number {
    const start = this.at;
    const value = this.take(4, name).readUInt32BE(0);
    this.add(start, name, explain(value));
    return value;
  }

  /** @throws BadMessage when fewer bytes are left. */
  take(length: number, name: string): Buffer {
    if (this.left < length) {
      const where =
        this.left === 0 ? `before its ${name}` : `within its ${name}, after ${this.left} of its ${length} bytes`;
      throw new BadMessage(this.bytes.length, `the message ends ${where}`);
    }
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }

  /** Makes one group of the bytes from `start` to here. */
  add(start: number, name: string, text: string): void {
    this.groups.push({ offset: start, length: this.at - start, name, text });
  }

  /** Returns to the end of the last group, and so releases the bytes of a group that was not completed. */
  rewind(): void {
    const last = this.groups.at(-1);
    this.at = last === undefined ? 0 : last.offset + last.length;
  }

  /** Makes one group of all remaining bytes. */
  rest(name: string, text: (bytes: Buffer) => string): void {
    const start = this.at;
    if (this.left === 0) return;
    const bytes = this.take(this.left, name);
    this.add(start, name, text(bytes));
  }

  /** Makes one group of all remaining bytes, if there are any. */
  unread(name: string, text: string): void {
    const start = this.at;
    this.at = this.bytes.length;
    this.add(start, name, text);
  }
}
