// Sessions and the state of call.transaction in an LMDB database. Uses the database that it is given, and no package.
import type { Ledger } from "./ledger.js";
import { keyOf } from "./replay.js";
import type { CallRecord, Outcome, Session } from "./session.js";
import { LazySlots } from "./slots.js";

/** A database of the package `lmdb`, as `open({ path })` returns it: the methods that the ledger uses. */
export interface LmdbDatabase {
  /** Stores a value. Within `transaction`, together with everything else in it. */
  put(key: LmdbKey, value: unknown): Promise<boolean>;
  /** Deletes a value. */
  remove(key: LmdbKey): Promise<boolean>;
  /** Runs `work` in a transaction, and resolves when it is committed. */
  transaction<T>(work: () => T): Promise<T>;
  /** The entries whose keys are between `start` and `end`. */
  getRange(options: { start: LmdbKey; end: LmdbKey }): Iterable<{ key: unknown; value: unknown }>;
  /** Resolves when everything that is committed is on the disk. */
  readonly flushed: Promise<unknown>;
}

/** A key with parts. */
export type LmdbKey = (string | number)[];

/** All keys begin with this word, so that the database may have other contents. */
const own = "lupine";

/**
 * Opens the sessions that a server keeps in an LMDB database: the `log` of `serveSessions`. The changes of `call.transaction` and the reply are
 * written in one commit; the reply is sent when the commit is on the disk. Only one server may have the database open for this. If a commit fails,
 * for example because the disk is full, all changes of the call are rolled back, and its caller gets RPC_SESSION_REFUSED.
 * @example
 * // import { open } from "lmdb";
 * // const ledger = openLmdbLedger(open({ path: "/var/lib/adder/sessions" }));
 * // serveSessions(server, { log: ledger, transactional: true });
 * console.log(typeof openLmdbLedger); // function
 */
export function openLmdbLedger(database: LmdbDatabase): LmdbLedger {
  return new LmdbLedger(database);
}

/**
 * Sessions in an LMDB database. `openLmdbLedger` makes it. Close the server first, and the database afterwards.
 * @example
 * const sessionsIn = (ledger: LmdbLedger) => ledger.sessions.size;
 * console.log(typeof sessionsIn); // function
 */
export class LmdbLedger implements Ledger {
  /** The sessions in the database when it was opened. Changed by the server that has the ledger. */
  readonly sessions: Map<string, Session>;
  /** The state of `call.transaction`, as JSON by key. Changed by the server that has the ledger. */
  readonly state: Map<string, string>;
  /** `outcome` commits the changes of a call. */
  readonly commits = true;
  /** Always false: a commit that fails is reported to the call that it belongs to. */
  readonly failing = false;
  readonly #database: LmdbDatabase;

  /** Made by `openLmdbLedger`. */
  constructor(database: LmdbDatabase) {
    this.#database = database;
    this.sessions = readSessions(database);
    this.state = new Map();
    for (const { key, value } of entries(database, "state")) this.state.set(String(key[0]), String(value));
  }

  /** Stores a new session. @throws the error of the database: the session is not made. */
  created({ id, owner, slots }: Session): Promise<void> {
    return this.#commit((put) => put(["session", hex(id)], { owner, slots: slots.length }));
  }

  /** Stores that a call is about to run. @throws the error of the database: the call does not run. */
  intent(call: CallRecord): Promise<void> {
    return this.#commit((put) => put(slotKey(call), slotValue(call, undefined)));
  }

  /** Commits the changes of a call and its reply. Rejects if neither was kept. */
  outcome({ call, reply, writes }: Outcome): Promise<void> {
    return this.#commit((put) => {
      put(slotKey(call), slotValue(call, reply));
      for (const { key, value } of writes) put(["state", key], value);
    });
  }

  /** Deletes a session. @throws the error of the database: it is there again after a restart, until its lease ends. */
  ended(id: Uint8Array): Promise<void> {
    const slots = [...entries(this.#database, "slot", hex(id))];
    return this.#commit((put) => {
      for (const { key } of slots) put(["slot", hex(id), ...key], undefined);
      put(["session", hex(id)], undefined);
    });
  }

  async #commit(change: (put: (key: LmdbKey, value: unknown) => void) => void): Promise<void> {
    const database = this.#database;
    await database.transaction(() => {
      change((key, value) => {
        const done = value === undefined ? database.remove([own, ...key]) : database.put([own, ...key], value);
        // The promise of the whole transaction reports the error.
        Promise.resolve(done).catch(() => undefined);
      });
    });
    await database.flushed;
  }
}

interface StoredSession {
  readonly owner: string;
  readonly slots: number;
}

type StoredSlot = Omit<CallRecord, "id" | "slot"> & { readonly reply: Uint8Array | null };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");

const slotKey = ({ id, slot }: CallRecord): LmdbKey => ["slot", hex(id), slot];

function slotValue({ sequence, length, crc }: CallRecord, reply: Uint8Array | undefined): StoredSlot {
  return { sequence, length, crc, reply: reply === undefined ? null : Buffer.from(reply) };
}

/** The entries whose keys begin with a prefix. The keys are returned without the prefix. */
function* entries(database: LmdbDatabase, ...prefix: string[]): Generator<{ key: LmdbKey; value: unknown }> {
  const start = [own, ...prefix];
  // Parts are compared one after the other: nothing below the prefix comes after its highest character.
  for (const { key, value } of database.getRange({ start, end: [...start, "\u{10ffff}"] })) {
    yield { key: (key as LmdbKey).slice(start.length), value };
  }
}

function readSessions(database: LmdbDatabase): Map<string, Session> {
  const sessions = new Map<string, Session>();
  for (const { key, value } of entries(database, "session")) {
    const id = new Uint8Array(Buffer.from(String(key[0]), "hex"));
    const { owner, slots } = value as StoredSession;
    const session: Session = {
      id,
      owner,
      host: "",
      slots: new LazySlots(slots),
      running: 0,
      used: false,
      lastUsed: 0,
    };
    for (const stored of entries(database, "slot", hex(id))) {
      const { sequence, length, crc, reply } = stored.value as StoredSlot;
      const slot = session.slots.at(Number(stored.key[0]));
      if (slot === undefined) continue;
      session.used = true;
      slot.sequence = sequence;
      slot.fingerprint = { length, crc };
      slot.reply = reply === null ? undefined : new Uint8Array(reply);
    }
    sessions.set(keyOf(id), session);
  }
  return sessions;
}
