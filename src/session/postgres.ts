// Sessions in a PostgreSQL database: the effect of a call and its reply are one commit. Uses the pool that it is given, and no package.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Call, Transaction } from "../rpc/call.js";
import type { Ledger } from "./ledger.js";
import { isSuccess } from "./message.js";
import { type PostgresClient, type PostgresContents, PostgresTables, Replaced } from "./postgres-tables.js";
import type { CallRecord, Outcome, Session } from "./session.js";

/** A pool of connections: the method that the ledger uses. `new pg.Pool()` has it. */
export interface PostgresPool<C extends PostgresClient = PostgresClient> {
  /** Takes a connection out of the pool. */
  connect(): Promise<C>;
}

/** Options of `openPostgresLedger`. */
export interface PostgresLedgerOptions {
  /**
   * The prefix of the names of its tables: letters, digits and _. Default "lupine_". If two servers use the same tables, the one that opened them
   * last can use them, and the other refuses its calls.
   */
  readonly prefix?: string;
  /** Called for a call that was rolled back, or whose connection was lost. Default: the error is not reported. */
  readonly onError?: (error: unknown) => void;
}

const optionTable: OptionTable<PostgresLedgerOptions> = { prefix: "text", onError: "function" };

/**
 * Opens the tables in which a server keeps its sessions, and makes them if they do not exist: the `log` of `serveSessions`. A handler gets the
 * connection of its call from `ledger.client(call)`, in a transaction. The reply is stored in the same transaction, so one COMMIT keeps both: an
 * acknowledged call has had its effect exactly once, even if a process is killed. If the commit fails, for example because of a
 * serialization failure, all effects of the call are rolled back, and its caller gets RPC_SESSION_REFUSED with `mayHaveRun: false`.
 *
 * A server that opens the tables takes them over: the previous server can no longer commit, and refuses its calls. A call whose handler requests the
 * connection uses one connection of the pool while it runs; any other call uses one only to store its reply.
 * @throws the error of the database. TypeError for a wrong option.
 * @example
 * // import pg from "pg";
 * // const ledger = await openPostgresLedger(new pg.Pool());
 * // serveSessions(server, { log: ledger, transactional: true });
 * // In a handler: (await ledger.client(call)).query("UPDATE accounts SET ...");
 * console.log(typeof openPostgresLedger); // function
 */
export async function openPostgresLedger<C extends PostgresClient>(
  pool: PostgresPool<C>,
  options: PostgresLedgerOptions = {},
): Promise<PostgresLedger<C>> {
  checkOptions(optionTable, options);
  const { prefix = "lupine_" } = options;
  if (!/^[a-z_][a-z0-9_]{0,40}$/i.test(prefix)) {
    throw new TypeError(`options.prefix must be 1 to 41 letters, digits and _; got ${JSON.stringify(prefix)}`);
  }
  const tables = new PostgresTables(prefix);
  const client = await pool.connect();
  try {
    const contents = await tables.takeOver(client);
    client.release();
    return new PostgresLedger(pool, tables, contents, options);
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * Sessions in a PostgreSQL database. `openPostgresLedger` makes it. Close the server first, and the pool afterwards.
 * @example
 * const balance = (ledger: PostgresLedger, call: Call) => ledger.client(call).then((sql) => sql.query("SELECT 1"));
 * console.log(typeof balance); // function
 */
export class PostgresLedger<C extends PostgresClient = PostgresClient> implements Ledger {
  /** The sessions in the tables when they were opened. Changed by the server that has the ledger. */
  readonly sessions: Map<string, Session>;
  /** The state of `call.transaction` when the tables were opened, as JSON by key. Changed by the server. */
  readonly state: Map<string, string>;
  /** `outcome` commits the effects of a call. */
  readonly commits = true;
  readonly #pool: PostgresPool<C>;
  readonly #tables: PostgresTables;
  readonly #epoch: unknown;
  readonly #onError: ((error: unknown) => void) | undefined;
  /** The connections of running calls. */
  readonly #clients = new Map<Transaction, Promise<C>>();
  readonly #ended = new WeakSet<Transaction>();
  readonly #lost = (error: unknown): void => void this.#noted(error);
  #replaced = false;

  /** Made by `openPostgresLedger`. */
  constructor(
    pool: PostgresPool<C>,
    tables: PostgresTables,
    { sessions, state, epoch }: PostgresContents,
    { onError }: PostgresLedgerOptions,
  ) {
    this.#pool = pool;
    this.#tables = tables;
    this.#epoch = epoch;
    this.#onError = onError;
    this.sessions = sessions;
    this.state = state;
  }

  /** True after another server has taken over the tables: calls are refused. */
  get failing(): boolean {
    return this.#replaced;
  }

  /**
   * Returns the connection of a call. The first request for it begins a transaction on it. Do not end the transaction, and do not use the connection
   * after the call.
   * @throws Error if the call has ended or was not made with `semantics: "exactly-once"`, or the error of the database.
   */
  client(call: Pick<Call, "transaction">): Promise<C> {
    const { transaction } = call;
    if (transaction === undefined) {
      return Promise.reject(new Error('no session: the procedure must be called with semantics: "exactly-once"'));
    }
    if (this.#ended.has(transaction)) return Promise.reject(new Error("the call has ended"));
    let client = this.#clients.get(transaction);
    if (client === undefined) {
      client = this.#begin();
      this.#clients.set(transaction, client);
    }
    return client;
  }

  /** Stores a new session. @throws the error of the database: the session is not made. */
  created({ id, owner, slots }: Session): Promise<void> {
    return this.#alone((client) => this.#tables.create(client, this.#epoch, id, owner, slots.length));
  }

  /** Stores that a call is about to run. @throws the error of the database: the call does not run. */
  intent(call: CallRecord): Promise<void> {
    return this.#alone((client) => this.#tables.put(client, this.#epoch, call, undefined));
  }

  /** Deletes a session. @throws the error of the database: it is there again after a restart, until its lease ends. */
  ended(id: Uint8Array): Promise<void> {
    return this.#alone((client) => this.#tables.end(client, this.#epoch, id));
  }

  /** Commits a call and its reply. Rejects if neither was kept. */
  async outcome(outcome: Outcome): Promise<void> {
    const { transaction, reply } = outcome;
    const begun = transaction && this.#take(transaction);
    if (begun === undefined) return this.#alone((client) => this.#store(client, outcome, true));
    const client = await begun;
    if (isSuccess(reply)) return this.#settle(client, outcome, (one) => this.#store(one, outcome, false));
    // The call has failed: its changes are undone, and its reply is kept.
    return this.#settle(client, outcome, async (one) => {
      await one.query("ROLLBACK");
      await this.#store(one, outcome, true);
    });
  }

  /** Undoes the effects of a call that has no outcome. */
  abandon(transaction: Transaction): void {
    this.#take(transaction)?.then(
      (client) => this.#release(client, true),
      () => undefined,
    );
  }

  #take(transaction: Transaction): Promise<C> | undefined {
    const client = this.#clients.get(transaction);
    this.#clients.delete(transaction);
    this.#ended.add(transaction);
    return client;
  }

  async #connect(): Promise<C> {
    const client = await this.#pool.connect();
    client.on?.("error", this.#lost);
    return client;
  }

  #release(client: C, close: boolean): void {
    client.off?.("error", this.#lost);
    // The pool has a listener of its own for connections that it keeps.
    if (close) client.on?.("error", () => undefined);
    client.release(close);
  }

  async #begin(): Promise<C> {
    const client = await this.#connect();
    try {
      await client.query("BEGIN");
      return client;
    } catch (error) {
      this.#release(client, true);
      throw error;
    }
  }

  async #store(client: PostgresClient, { call, reply, writes }: Outcome, begins: boolean): Promise<void> {
    if (begins && writes.length > 0) await client.query("BEGIN");
    await this.#tables.put(client, this.#epoch, call, reply);
    for (const write of writes) await this.#tables.write(client, write);
    if (!begins || writes.length > 0) await client.query("COMMIT");
  }

  /** Does the work on a connection of its own. */
  async #alone(work: (client: PostgresClient) => Promise<void>): Promise<void> {
    const client = await this.#connect();
    try {
      await work(client);
      this.#release(client, false);
    } catch (error) {
      this.#release(client, true);
      throw this.#noted(error);
    }
  }

  async #settle(client: C, outcome: Outcome, work: (client: C) => Promise<void>): Promise<void> {
    try {
      await work(client);
      this.#release(client, false);
    } catch (error) {
      // Closing the connection rolls back, unless COMMIT has reached the server.
      this.#release(client, true);
      this.#noted(error);
      if (!(await this.#isCommitted(outcome.call))) throw error;
    }
  }

  /** Whether the reply of a call whose connection failed is stored. Waits until the transaction has ended in the database. */
  async #isCommitted(call: CallRecord): Promise<boolean> {
    let committed = false;
    await this.#alone(async (client) => {
      await client.query("BEGIN");
      committed = await this.#tables.has(client, call);
      await client.query("COMMIT");
    });
    return committed;
  }

  #noted(error: unknown): unknown {
    if (error instanceof Replaced) this.#replaced = true;
    try {
      this.#onError?.(error);
    } catch {
      // An error in the callback changes nothing.
    }
    return error;
  }
}
