// Converts the records of a reply log to the calls that they describe, and back.
import type { LogFormat } from "../session/log-file.js";
import type { LogContents } from "../session/record-log.js";
import { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { bytesOf, idOf } from "./call-id.js";
import type { Kept, KeptCalls } from "./kept.js";
import { reply_log_kind as Kind, reply_log_record } from "./replies.gen.js";

/** A record of the log, before it is encoded. */
export type ReplyLogRecord = Parameters<typeof reply_log_record.encode>[1];

const format: LogFormat = {
  what: "reply log",
  header: Uint8Array.of(0x4c, 0x50, 0x52, 0x4c, 0x4f, 0x47, 0x0a, 0x02),
};

/** The records of a reply log, and the calls that they are about. */
export class ReplyLogContents implements LogContents<ReplyLogRecord> {
  readonly format = format;
  readonly #calls: KeptCalls;

  constructor(calls: KeptCalls) {
    this.#calls = calls;
  }

  apply(bytes: Uint8Array): void {
    const record = reply_log_record.decode(new XdrReader(bytes));
    if (record.kind === Kind.REPLY_BEGUN) {
      const { call, host, length, checksum } = record.begun;
      const until = Number.POSITIVE_INFINITY;
      this.#calls.add({ id: idOf(call), host, length, checksum: Number(checksum), outcome: undefined, until });
      return;
    }
    const known = this.#calls.get(idOf(record.kind === Kind.REPLY_STORED ? record.stored.call : record.forgotten));
    if (known === undefined) return;
    if (record.kind === Kind.REPLY_STORED) known.outcome = record.stored.outcome;
    else this.#calls.remove(known);
  }

  encode(out: XdrWriter, record: ReplyLogRecord): void {
    reply_log_record.encode(out, record);
  }

  written(): void {}

  /** A record of a call may be written before its turn, and then again: that changes nothing. */
  *records(): Generator<ReplyLogRecord> {
    for (const one of this.#calls.all()) {
      yield beginning(one);
      if (one.outcome !== undefined) yield ending(one.id, one.outcome);
    }
  }
}

export const beginning = ({ id, host, length, checksum }: Kept): ReplyLogRecord => ({
  kind: Kind.REPLY_BEGUN,
  begun: { call: bytesOf(id), host, length, checksum: BigInt(checksum) },
});

export const ending = (id: string, outcome: Uint8Array): ReplyLogRecord => ({
  kind: Kind.REPLY_STORED,
  stored: { call: bytesOf(id), outcome: outcome as Uint8Array<ArrayBuffer> },
});

export const forgetting = (id: string): ReplyLogRecord => ({ kind: Kind.REPLY_FORGOTTEN, forgotten: bytesOf(id) });
