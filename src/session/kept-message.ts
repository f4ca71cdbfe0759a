// The inner CALL message of a call in a session, which is kept until the call has its reply.
import type { ChannelCall } from "../rpc/call.js";
import { writeAuthWords, writeCallHeader } from "../rpc/header.js";
import { copyOf } from "../xdr/memory.js";
import { XdrWriter } from "../xdr/writer.js";

/** Messages of at most this number of bytes are kept in one buffer, which the next message uses again. */
const shortMessage = 512;

export class KeptMessage {
  /** Its bytes; 0 until it was encoded. */
  length = 0;
  /** The bytes in front of its arguments. */
  argumentsAt = 0;
  readonly #room = new Uint8Array(shortMessage);
  readonly #words = new DataView(this.#room.buffer);
  #long: Uint8Array | undefined;

  forget(): void {
    this.length = 0;
    this.#long = undefined;
  }

  /** A copy of the whole message. */
  get bytes(): Uint8Array {
    return this.#long ?? this.#room.slice(0, this.length);
  }

  /** Writes the message of a call, and keeps it. `words`: those of the credential. */
  encode(out: XdrWriter, request: ChannelCall, words: Int32Array, xid: number): void {
    const start = out.offset;
    const spliced = out.splicedBytes;
    writeMessage(out, request, words, xid);
    let length = out.offset - start;
    if (out.splicedBytes !== spliced) {
      // A part of the message is the caller's own memory, which may change.
      out.rewind(start);
      const apart = new XdrWriter();
      writeMessage(apart, request, words, xid);
      this.#long = apart.toBytes();
      length = this.#long.length;
      out.writeFixedOpaque(this.#long);
    } else this.#keep(out, start, length);
    this.argumentsAt = 24 + words.length * 4;
    this.length = length;
  }

  #keep({ buffer, view }: XdrWriter, start: number, length: number): void {
    if (length > shortMessage) this.#long = copyOf(buffer, start, length);
    else for (let at = 0; at < length; at += 4) this.#words.setInt32(at, view.getInt32(start + at));
  }

  writeTo(out: XdrWriter): void {
    if (this.#long !== undefined) {
      out.writeFixedOpaque(this.#long);
      return;
    }
    const to = out.reserve(this.length);
    const { view } = out;
    for (let at = 0; at < this.length; at += 4) view.setInt32(to + at, this.#words.getInt32(at));
  }
}

function writeMessage(out: XdrWriter, { program, procedure, args }: ChannelCall, words: Int32Array, xid: number): void {
  writeCallHeader(out, xid, program.number, program.version, procedure.number);
  writeAuthWords(out, words);
  procedure.args.encode(out, args);
}
