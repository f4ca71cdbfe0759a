// The tables of sessions in PostgreSQL, and the statements that change them. Every statement that stores something checks in the same
// transaction that no other server has taken the tables over.
import { keyOf } from "./replay.js";
import type { CallRecord, Session, StateWrite } from "./session.js";
import { LazySlots } from "./slots.js";

/** A connection to PostgreSQL: the methods that the ledger uses. Connections of the package `pg` have them. */
export interface PostgresClient {
  /** Runs one statement. */
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
  /** Returns it to its pool; true: closes it instead. */
  release(close?: boolean): void;
  /** Reports that the connection was lost while no statement ran. Without a listener, an `EventEmitter` throws. */
  on?(event: "error", listener: (error: Error) => void): unknown;
  /** Removes the listener. */
  off?(event: "error", listener: (error: Error) => void): unknown;
}

/** The sessions and the state in the tables when they were opened, and the number of the server that has opened them. */
export interface PostgresContents {
  readonly sessions: Map<string, Session>;
  readonly state: Map<string, string>;
  readonly epoch: unknown;
}

/** Another server has taken over the tables. */
export class Replaced extends Error {
  constructor() {
    super("another server has taken over the sessions in this database: this one refuses its calls");
  }
}

/** The key of the lock under which tables are made: "LPN" and a number. */
const makingLock = 0x4c504e01;

/** The statements for tables whose names begin with one prefix. */
export class PostgresTables {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Makes the tables if they do not exist, and reads them. Servers that had them before cannot store anything any more. */
  async takeOver(client: PostgresClient): Promise<PostgresContents> {
    const p = this.#prefix;
    await client.query("BEGIN");
    await client.query(`SELECT pg_advisory_xact_lock(${makingLock})`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${p}owner (one boolean PRIMARY KEY DEFAULT true, epoch bigint NOT NULL)`,
    );
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${p}sessions (id bytea PRIMARY KEY, owner text NOT NULL, slots integer NOT NULL)`,
    );
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${p}slots (session bytea, slot integer, sequence bigint NOT NULL, length bigint NOT NULL, ` +
        "crc bigint NOT NULL, reply bytea, PRIMARY KEY (session, slot))",
    );
    await client.query(`CREATE TABLE IF NOT EXISTS ${p}state (key text PRIMARY KEY, value text NOT NULL)`);
    // Waits for the transactions of the server before.
    const taken = await client.query(
      `INSERT INTO ${p}owner (epoch) VALUES (1) ON CONFLICT (one) DO UPDATE SET epoch = ${p}owner.epoch + 1 RETURNING epoch`,
    );
    await client.query("COMMIT");
    const sessions = await this.#sessions(client);
    const { rows } = await client.query(`SELECT key, value FROM ${p}state`);
    const state = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
    return { sessions, state, epoch: taken.rows[0]?.["epoch"] };
  }

  async create(client: PostgresClient, epoch: unknown, id: Uint8Array, owner: string, slots: number): Promise<void> {
    const text = `INSERT INTO ${this.#prefix}sessions SELECT $2::bytea, $3::text, $4::integer FROM fence`;
    await this.#fenced(client, text, [epoch, buffer(id), owner, slots]);
  }

  /** Stores the call of a slot; without a reply it is about to run. */
  async put(client: PostgresClient, epoch: unknown, call: CallRecord, reply: Uint8Array | undefined): Promise<void> {
    const { id, slot, sequence, length, crc } = call;
    const text =
      `INSERT INTO ${this.#prefix}slots ` +
      "SELECT $2::bytea, $3::integer, $4::bigint, $5::bigint, $6::bigint, $7::bytea FROM fence " +
      "ON CONFLICT (session, slot) DO UPDATE SET " +
      "sequence = excluded.sequence, length = excluded.length, crc = excluded.crc, reply = excluded.reply";
    const values = [epoch, buffer(id), slot, sequence, length, crc, reply === undefined ? null : buffer(reply)];
    await this.#fenced(client, text, values);
  }

  /** One change of the state. The transaction must have stored its call. */
  async write(client: PostgresClient, { key, value }: StateWrite): Promise<void> {
    const p = this.#prefix;
    if (value === undefined) await client.query(`DELETE FROM ${p}state WHERE key = $1`, [key]);
    else {
      const text = `INSERT INTO ${p}state VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
      await client.query(text, [key, value]);
    }
  }

  async end(client: PostgresClient, epoch: unknown, id: Uint8Array): Promise<void> {
    const p = this.#prefix;
    const text =
      `, gone AS (DELETE FROM ${p}slots WHERE session = $2 AND EXISTS (SELECT FROM fence)) ` +
      `DELETE FROM ${p}sessions WHERE id = $2 AND EXISTS (SELECT FROM fence)`;
    await client.query(this.#withFence(text), [epoch, buffer(id)]);
  }

  /** Whether the reply of a call is stored. Waits for all transactions that may store one. */
  async has(client: PostgresClient, { id, slot, sequence }: CallRecord): Promise<boolean> {
    const p = this.#prefix;
    await client.query(`SELECT epoch FROM ${p}owner FOR UPDATE`);
    const text = `SELECT 1 FROM ${p}slots WHERE session = $1 AND slot = $2 AND sequence = $3 AND reply IS NOT NULL`;
    const { rows } = await client.query(text, [buffer(id), slot, sequence]);
    return rows.length > 0;
  }

  async #fenced(client: PostgresClient, text: string, values: unknown[]): Promise<void> {
    const { rowCount } = await client.query(this.#withFence(` ${text}`), values);
    if (rowCount === 0) throw new Replaced();
  }

  // The lock is shared by all calls, and excludes a server that takes over.
  #withFence(text: string): string {
    return `WITH fence AS MATERIALIZED (SELECT 1 FROM ${this.#prefix}owner WHERE epoch = $1 FOR SHARE)${text}`;
  }

  async #sessions(client: PostgresClient): Promise<Map<string, Session>> {
    const sessions = new Map<string, Session>();
    const made = await client.query(`SELECT id, owner, slots FROM ${this.#prefix}sessions`);
    for (const { id, owner, slots } of made.rows) {
      const bytes = new Uint8Array(id as Uint8Array);
      sessions.set(keyOf(bytes), {
        id: bytes,
        owner: String(owner),
        host: "",
        slots: new LazySlots(Number(slots)),
        running: 0,
        used: false,
        lastUsed: 0,
      });
    }
    const calls = await client.query(`SELECT session, slot, sequence, length, crc, reply FROM ${this.#prefix}slots`);
    for (const { session: id, slot, sequence, length, crc, reply } of calls.rows) {
      const session = sessions.get(keyOf(id as Uint8Array));
      const known = session?.slots.at(Number(slot));
      if (session === undefined || known === undefined) continue;
      session.used = true;
      known.sequence = Number(sequence);
      known.fingerprint = { length: Number(length), crc: Number(crc) };
      known.reply = reply === null ? undefined : new Uint8Array(reply as Uint8Array);
    }
    return sessions;
  }
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
