// Converts the records of a session log to the sessions and the state that they describe, and back.
import { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Fingerprint } from "./fingerprint.js";
import { log_kind as Kind, log_record } from "./log.gen.js";
import type { LogFormat } from "./log-file.js";
import type { LogContents } from "./record-log.js";
import type { CallRecord, Outcome, Session, Slot, StateWrite } from "./session.js";
import { LazySlots } from "./slots.js";

interface LoggedSlot extends Fingerprint {
  readonly sequence: number;
  /** Undefined: the call began, and its end is not in the log. */
  readonly reply: Uint8Array | undefined;
}

interface LoggedSession {
  readonly id: Uint8Array;
  readonly owner: string;
  readonly slots: LoggedSlot[];
}

const format: LogFormat = {
  what: "session log",
  header: Uint8Array.of(0x4c, 0x50, 0x53, 0x4c, 0x4f, 0x47, 0x0a, 0x02),
};

/** The contents of a log: the result of reading it now. */
export class Logged implements LogContents<LogRecord> {
  readonly format = format;
  readonly #sessions = new Map<string, LoggedSession>();
  /** The session of the last record, and the bytes that named it. */
  #lastId: Uint8Array | undefined;
  #lastSession: LoggedSession | undefined;
  readonly state = new Map<string, string>();

  apply(bytes: Uint8Array): void {
    this.written(log_record.decode(new XdrReader(bytes)));
  }

  encode(out: XdrWriter, record: LogRecord): void {
    log_record.encode(out, record);
  }

  written(record: LogRecord): void {
    switch (record.kind) {
      case Kind.LOG_CREATE: {
        const { id, owner, slots } = record.created;
        const none = { sequence: 0, length: 0, crc: 0, reply: undefined };
        this.#lastId = undefined;
        this.#sessions.set(keyOf(id), { id, owner, slots: new Array<LoggedSlot>(slots).fill(none) });
        return;
      }
      case Kind.LOG_INTENT:
        this.#setSlot(record.intent, undefined);
        return;
      case Kind.LOG_OUTCOME:
        this.#setSlot(record.outcome.call, record.outcome.reply);
        for (const write of record.outcome.writes) this.#write(write);
        return;
      case Kind.LOG_END:
        this.#lastId = undefined;
        this.#sessions.delete(keyOf(record.ended));
        return;
      case Kind.LOG_STATE:
        this.#write(record.write);
    }
  }

  /** The sessions, for a server that continues them. */
  sessions(): Map<string, Session> {
    const sessions = new Map<string, Session>();
    for (const [key, { id, owner, slots }] of this.#sessions) {
      const restored = new LazySlots(slots.length);
      let used = false;
      for (const [number, { sequence, length, crc, reply }] of slots.entries()) {
        if (sequence === 0) continue;
        used = true;
        Object.assign(restored.at(number) as Slot, { sequence, fingerprint: { length, crc }, reply });
      }
      const whose = { id: id as Uint8Array<ArrayBuffer>, owner, host: "" };
      sessions.set(key, {
        ...whose,
        slots: restored,
        running: 0,
        used,
        lastUsed: 0,
      });
    }
    return sessions;
  }

  /** The fewest records from which a new log with the current contents can be written. */
  *records(): Generator<LogRecord> {
    for (const { id, owner, slots } of this.#sessions.values()) {
      yield createdRecord(id, owner, slots.length);
      for (const [slot, { sequence, length, crc, reply }] of slots.entries()) {
        if (sequence === 0) continue;
        const call = { id, slot, sequence, length, crc };
        yield reply === undefined ? intentRecord(call) : outcomeRecord({ call, reply, writes: [] });
      }
    }
    for (const [key, value] of this.state) yield stateRecord({ key, value });
  }

  #setSlot({ id, slot, sequence, length, crc }: CallRecord, reply: Uint8Array | undefined): void {
    if (id !== this.#lastId) this.#lastSession = this.#sessions.get(keyOf(id));
    this.#lastId = id;
    const session = this.#lastSession;
    if (session !== undefined && slot < session.slots.length) session.slots[slot] = { sequence, length, crc, reply };
  }

  #write({ key, value }: { readonly key: string; readonly value: string | null }): void {
    if (value === null) this.state.delete(key);
    else this.state.set(key, value);
  }
}

/** A record of the log, before it is encoded. */
export type LogRecord = Parameters<typeof log_record.encode>[1];

const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
type OwnCall = CallRecord & { readonly id: Uint8Array<ArrayBuffer> };
const orNull = ({ key, value = null }: { readonly key: string; readonly value?: string | null | undefined }) => ({
  key,
  value,
});

export const createdRecord = (id: Uint8Array, owner: string, slots: number): LogRecord => ({
  kind: Kind.LOG_CREATE,
  created: { id: own(id), owner, slots },
});

export const intentRecord = (call: CallRecord): LogRecord => ({
  kind: Kind.LOG_INTENT,
  intent: call as OwnCall,
});

export const outcomeRecord = ({ call, reply, writes }: Outcome): LogRecord => ({
  kind: Kind.LOG_OUTCOME,
  outcome: { call: call as OwnCall, reply: own(reply), writes: writes.map(orNull) },
});

export const endRecord = (id: Uint8Array): LogRecord => ({ kind: Kind.LOG_END, ended: own(id) });

const stateRecord = (write: StateWrite): LogRecord => ({ kind: Kind.LOG_STATE, write: orNull(write) });

/** The key of a session in maps. */
export function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString("latin1");
}
