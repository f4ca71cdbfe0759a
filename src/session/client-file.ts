// The file in which a client keeps its session: each call is written before it is sent, so that the client knows after a restart which of
// its calls have no known outcome.
import { type Clock, systemClock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { client_log_record, client_log_kind as Kind } from "./client-log.gen.js";
import { ClientSession, type ClientSlot } from "./client-session.js";
import type { LogFormat } from "./log-file.js";
import { openRecordLog } from "./open-record-log.js";
import type { LogContents, RecordLog } from "./record-log.js";
import type { session_grant } from "./session.gen.js";

type ClientRecord = Parameters<typeof client_log_record.encode>[1];

/** A slot, and the message of its call while the outcome is not known and somebody may still ask for it. */
interface SavedSlot {
  sequence: number;
  settled: number;
  message: Uint8Array<ArrayBuffer> | undefined;
}

const noMessage = new Uint8Array();

const format: LogFormat = {
  what: "session file of a client",
  header: Uint8Array.of(0x4c, 0x50, 0x43, 0x4c, 0x4f, 0x47, 0x0a, 0x02),
};

/** The contents of a file: the result of reading it now. */
class Saved implements LogContents<ClientRecord> {
  readonly format = format;
  grant: session_grant | undefined;
  /** The date of the last call. */
  date = 0n;
  readonly slots = new Map<number, SavedSlot>();

  apply(bytes: Uint8Array): void {
    this.written(client_log_record.decode(new XdrReader(bytes)));
  }

  encode(out: XdrWriter, record: ClientRecord): void {
    client_log_record.encode(out, record);
  }

  written(record: ClientRecord): void {
    if (record.kind === Kind.CLIENT_SESSION) {
      const { id, slots, lease, date } = record.session;
      this.grant = { id: id as Uint8Array<ArrayBuffer>, slots, lease };
      this.date = date;
      this.slots.clear();
    } else if (record.kind === Kind.CLIENT_CALL) {
      const { slot, sequence, settled, date, message } = record.call;
      this.date = date;
      const left = message.length > 0 ? (message as Uint8Array<ArrayBuffer>) : undefined;
      this.slots.set(slot, { sequence, settled, message: left });
    } else if (record.kind === Kind.CLIENT_SETTLED) {
      const slot = this.slots.get(record.settled.slot);
      if (slot === undefined || slot.sequence !== record.settled.sequence) return;
      slot.settled = slot.sequence;
      slot.message = undefined;
    } else {
      this.grant = undefined;
      this.slots.clear();
    }
  }

  *records(): Generator<ClientRecord> {
    if (this.grant === undefined) return;
    yield { kind: Kind.CLIENT_SESSION, session: { ...this.grant, date: this.date } };
    for (const [slot, { sequence, settled, message }] of this.slots) {
      const call = { slot, sequence, settled, date: this.date, message: message ?? noMessage };
      yield { kind: Kind.CLIENT_CALL, call };
      if (settled === sequence) yield { kind: Kind.CLIENT_SETTLED, settled: { slot, sequence } };
    }
  }
}

/** A call whose outcome was not known when the process ended. */
export interface SavedCall {
  readonly slot: ClientSlot;
  readonly message: Uint8Array<ArrayBuffer>;
}

/** The session of the process before. */
export interface RestoredSession {
  readonly session: ClientSession;
  /** Its calls without a known outcome. They hold their slots. */
  readonly calls: readonly SavedCall[];
}

export interface ClientFileOptions {
  readonly clock?: Clock | undefined;
  readonly disk?: Disk;
}

/** Opens or makes the file. @throws the errors of `openSessionLog`. */
export async function openClientFile(
  path: string,
  { clock = systemClock, disk }: ClientFileOptions,
): Promise<ClientFile> {
  const saved = new Saved();
  const log = await openRecordLog(path, saved, { clock, ...(disk && { disk }) });
  return new ClientFile(log, saved, clock);
}

/** The file of one client. Only the calls of its last session are written. */
export class ClientFile {
  readonly restored: RestoredSession | undefined;
  readonly #log: RecordLog<ClientRecord>;
  readonly #clock: Clock;
  #session: ClientSession | undefined;

  constructor(log: RecordLog<ClientRecord>, saved: Saved, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    if (saved.grant === undefined) return;
    const slots = new Map<number, ClientSlot>();
    const calls: SavedCall[] = [];
    for (const [number, { sequence, settled, message }] of saved.slots) {
      const slot = { number, sequence, settled };
      slots.set(number, slot);
      if (message !== undefined) calls.push({ slot, message });
    }
    const age = Math.max(0, clock.date() - Number(saved.date));
    const reserved = new Set(calls.map(({ slot }) => slot));
    this.#session = new ClientSession(saved.grant, clock.now() - age, { slots, reserved });
    this.restored = { session: this.#session, calls };
  }

  /** Writes a new session. @throws the error of the system: no call may be sent in it. */
  async made(session: ClientSession, { id, slots, lease }: session_grant): Promise<void> {
    await this.#log.tryToAppend({ kind: Kind.CLIENT_SESSION, session: { id, slots, lease, date: this.#date } });
    this.#session = session;
  }

  /** Writes a call that is about to be sent. @throws the error of the system: it must not be sent. */
  async begin(session: ClientSession, slot: ClientSlot, message: Uint8Array): Promise<void> {
    if (session === this.#session) await this.#log.tryToAppend(this.#callIn(slot, message));
  }

  #callIn({ number, sequence, settled }: ClientSlot, message: Uint8Array): ClientRecord {
    const call = { slot: number, sequence, settled, date: this.#date, message: message as Uint8Array<ArrayBuffer> };
    return { kind: Kind.CLIENT_CALL, call };
  }

  /**
   * Writes that nobody will ask for the slot's call, of which the server may know nothing: it would refuse later calls that
   * call it settled.
   */
  leave(session: ClientSession, slot: ClientSlot): void {
    if (session === this.#session) this.#log.append(this.#callIn(slot, noMessage));
  }

  /** Writes that the outcome of a call is known. Nobody waits for it: if it is lost, the call counts as unfinished. */
  settled(session: ClientSession, slot: number, sequence: number): void {
    if (session !== this.#session) return;
    this.#log.append({ kind: Kind.CLIENT_SETTLED, settled: { slot, sequence } });
  }

  /** Writes that a session has ended. */
  over(session: ClientSession): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#log.append({ kind: Kind.CLIENT_OVER });
  }

  /** Writes what waits, and closes the file. */
  close(): Promise<void> {
    return this.#log.close();
  }

  get #date(): bigint {
    return BigInt(Math.max(0, Math.round(this.#clock.date())));
  }
}
