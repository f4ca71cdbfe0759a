// A log that keeps tickets when the process ends: accepted calls, and the outcomes that their clients have not taken.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { randomBytes } from "../base/random-bytes.js";
import type { LogFormat } from "../session/log-file.js";
import { openRecordLog } from "../session/open-record-log.js";
import type { LogContents, RecordLog, RecordLogOptions } from "../session/record-log.js";
import { formatAddress, parseAddress } from "../transport/address.js";
import { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { ticket_state as State } from "./deferred.gen.js";
import { ReleasedTicket } from "./released.js";
import { idOf, keyOf, ServerTicket } from "./ticket.js";
import { kept_kind as Kind, kept_record } from "./ticket-log.gen.js";

/** Options of `openTicketLog`. While the log cannot be written, calls are refused. */
export interface TicketLogOptions extends RecordLogOptions {}

const optionTable: OptionTable<TicketLogOptions> = {
  checkpoint: "size",
  onError: "function",
  disk: "object",
  clock: "object",
};

type KeptRecord = Parameters<typeof kept_record.encode>[1];

const format: LogFormat = {
  what: "ticket log",
  header: Uint8Array.of(0x4c, 0x50, 0x54, 0x4c, 0x4f, 0x47, 0x0a, 0x02),
};

/** The tickets of a log. The server changes these objects; the log writes what they are at a checkpoint. */
class LoggedTickets implements LogContents<KeptRecord> {
  readonly format = format;
  instance: Uint8Array<ArrayBuffer> | undefined;
  readonly tickets = new Map<string, ServerTicket>();
  /** Tickets whose clients have the outcome. */
  readonly released = new Map<string, ReleasedTicket>();
  /** Tickets whose acceptance is being written. */
  readonly accepting = new Map<string, ServerTicket>();

  apply(bytes: Uint8Array): void {
    const record = kept_record.decode(new XdrReader(bytes));
    switch (record.kind) {
      case Kind.KEPT_INSTANCE:
        this.instance = record.instance;
        return;
      case Kind.KEPT_ACCEPTED: {
        const { id, owner, host, caller, port, prog, vers, length, crc, message } = record.accepted;
        const ticket = new ServerTicket({
          id,
          owner,
          host,
          caller: addressFrom(caller),
          fingerprint: { length, crc },
          program: port === 0 ? undefined : { port, prog, vers },
          message,
        });
        this.tickets.set(ticket.key, ticket);
        return;
      }
      case Kind.KEPT_BEGUN: {
        const ticket = this.tickets.get(keyOf(record.begun));
        if (ticket !== undefined) ticket.begun = true;
        return;
      }
      case Kind.KEPT_ENDED: {
        const { id, state, date, reply } = record.ended;
        const ticket = this.tickets.get(keyOf(id));
        if (ticket === undefined) return;
        Object.assign(ticket, { state, ended: Number(date), message: undefined });
        ticket.reply = state === State.TICKET_DONE ? reply : undefined;
        return;
      }
      case Kind.KEPT_RELEASED: {
        const ticket = this.tickets.get(keyOf(record.released));
        if (ticket !== undefined) this.release(new ReleasedTicket(ticket));
        return;
      }
      case Kind.KEPT_FORGOTTEN:
        this.forget(keyOf(record.forgotten));
    }
  }

  release(ticket: ReleasedTicket): void {
    this.tickets.delete(ticket.key);
    this.released.set(ticket.key, ticket);
  }

  forget(key: string): void {
    this.tickets.delete(key);
    this.released.delete(key);
  }

  encode(out: XdrWriter, record: KeptRecord): void {
    kept_record.encode(out, record);
  }

  /** A ticket is in the next checkpoint if its acceptance was written. */
  written(record: KeptRecord): void {
    if (record.kind !== Kind.KEPT_ACCEPTED) return;
    const key = keyOf(record.accepted.id);
    const ticket = this.accepting.get(key);
    this.accepting.delete(key);
    if (ticket !== undefined && !ticket.released) this.tickets.set(key, ticket);
  }

  *records(): Generator<KeptRecord> {
    if (this.instance !== undefined) yield { kind: Kind.KEPT_INSTANCE, instance: this.instance };
    for (const ticket of this.released.values()) yield* releasedRecords(ticket);
    for (const ticket of this.tickets.values()) {
      yield acceptedRecord(ticket);
      if (ticket.begun && !ticket.isOver) yield { kind: Kind.KEPT_BEGUN, begun: ticket.id };
      if (ticket.isOver) yield endedRecord(ticket);
    }
  }
}

/** An address that a log has as text; one that cannot be read belongs to nobody. */
function addressFrom(text: string): ServerTicket["caller"] {
  try {
    const address = parseAddress(text);
    if (address.kind !== "host") return address;
  } catch {
    // An address of a scheme that this process does not know.
  }
  return nowhere;
}

const nowhere = { kind: "memory", name: "unknown" } as const;

function acceptedRecord(ticket: ServerTicket): KeptRecord {
  const { id, owner, host, caller, program, fingerprint, message } = ticket;
  const { length, crc } = fingerprint;
  return {
    kind: Kind.KEPT_ACCEPTED,
    accepted: {
      id,
      owner,
      host,
      caller: formatAddress(caller),
      ...(program ?? { port: 0, prog: 0, vers: 0 }),
      length,
      crc,
      message: message ?? new Uint8Array(),
    },
  };
}

/** As records of a whole ticket, of which nothing but id, host and date is left. */
function* releasedRecords({ key, host, ended }: ReleasedTicket): Generator<KeptRecord> {
  const id = idOf(key);
  const nothing = new Uint8Array();
  const unused = { owner: "", caller: formatAddress(nowhere), port: 0, prog: 0, vers: 0, length: 0, crc: 0 };
  yield { kind: Kind.KEPT_ACCEPTED, accepted: { id, host, ...unused, message: nothing } };
  const date = BigInt(Math.round(ended));
  yield { kind: Kind.KEPT_ENDED, ended: { id, state: State.TICKET_CANCELLED, date, reply: nothing } };
  yield { kind: Kind.KEPT_RELEASED, released: id };
}

function endedRecord({ id, state, ended, reply }: ServerTicket): KeptRecord {
  return {
    kind: Kind.KEPT_ENDED,
    ended: { id, state, date: BigInt(Math.round(ended)), reply: reply ?? new Uint8Array() },
  };
}

/**
 * Opens or makes the file in which a server keeps its tickets. If the process was killed and starts again: calls that were accepted but had not begun
 * are run; outcomes that no client has fetched are still available; calls that were running are in doubt (RPC_IN_DOUBT), except calls of
 * `@idempotent` procedures, which run again. The folder must exist, and only this user and the superuser may be able to replace the file.
 * @throws LockTaken if another process has it open; UnusableFile if others can write there, or for a link, a pipe, a device, or
 * another user's file; Error if the file is something else, which is not changed; the error of the system if it cannot be
 * read or written. TypeError for a wrong option.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/tickets-");
 * const log = await openTicketLog(`${folder}/tickets.log`, { onError: (error) => console.error(error) });
 * console.log(log.tickets); // 0
 * await log.close();
 * await rm(folder, { recursive: true });
 */
export async function openTicketLog(path: string, options: TicketLogOptions = {}): Promise<TicketLog> {
  checkOptions(optionTable, options);
  const logged = new LoggedTickets();
  const log = await openRecordLog(path, logged, options);
  if (logged.instance === undefined) {
    const instance = randomBytes(8) as Uint8Array<ArrayBuffer>;
    logged.instance = instance;
    await log.tryToAppend({ kind: Kind.KEPT_INSTANCE, instance });
  }
  return new TicketLog(log, logged);
}

/**
 * A log that `openTicketLog` has opened: the `log` option of `serveDeferred`. Only one server may use it. Close the server first.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/tickets-");
 * const log = await openTicketLog(`${folder}/tickets.log`);
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * serveDeferred(server, { log });
 * console.log(log.failing); // false
 * await server.close();
 * await log.close();
 * await rm(folder, { recursive: true });
 */
export class TicketLog {
  readonly #log: RecordLog<KeptRecord>;
  readonly #logged: LoggedTickets;

  /** Made by `openTicketLog`. */
  constructor(log: RecordLog<KeptRecord>, logged: LoggedTickets) {
    this.#log = log;
    this.#logged = logged;
  }

  /** The number of tickets, with those that are kept only so that a late copy of their submission does not run. */
  get tickets(): number {
    return this.#logged.tickets.size + this.#logged.released.size;
  }

  /** True while outcomes cannot be written: new calls are refused then. */
  get failing(): boolean {
    return this.#log.failing;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#log.length;
  }

  /** @internal */
  get kept() {
    const { instance, tickets, released } = this.#logged;
    return {
      instance: instance as Uint8Array<ArrayBuffer>,
      tickets: [...tickets.values()],
      released: [...released.values()],
    };
  }

  /** @internal Records a ticket. Rejects if that cannot be written: the call must not run. */
  async accepted(ticket: ServerTicket): Promise<void> {
    const { accepting } = this.#logged;
    accepting.set(ticket.key, ticket);
    await this.#log.tryToAppend(acceptedRecord(ticket)).finally(() => accepting.delete(ticket.key));
  }

  /** @internal Records that a call is about to run. Rejects if that cannot be written: it must not run. */
  begun({ id }: ServerTicket): Promise<void> {
    return this.#log.tryToAppend({ kind: Kind.KEPT_BEGUN, begun: id });
  }

  /** @internal Records an outcome. Never rejects: it is written when that is possible. */
  ended(ticket: ServerTicket): Promise<void> {
    return this.#log.append(endedRecord(ticket));
  }

  /** @internal Records that the client has the outcome. Nobody waits for it: if it is lost, the outcome is kept for longer. */
  released(ticket: ReleasedTicket): void {
    this.#logged.release(ticket);
    this.#log.append({ kind: Kind.KEPT_RELEASED, released: idOf(ticket.key) });
  }

  /** @internal Records that the ticket is not known any more. */
  forgotten(key: string): void {
    this.#logged.forget(key);
    this.#log.append({ kind: Kind.KEPT_FORGOTTEN, forgotten: idOf(key) });
  }

  /** Writes all pending records, then closes the file. While the disk fails, `close` stays pending. */
  close(): Promise<void> {
    return this.#log.close();
  }
}
