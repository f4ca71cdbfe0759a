// Stores of sessions, each with a count for every number in the same store: log:PATH, lmdb:PATH, postgres:PORT.
import type { Call } from "lupine";
import { type Ledger, openLmdbLedger, openPostgresLedger, openSessionLog, type PostgresLedger } from "lupine/session";
import { lmdb, pg } from "./packages.js";

export interface Store {
  readonly ledger: Ledger;
  /** Adds one to the count of a number, as an effect of the call. @returns the count. */
  count(number: number, call: Call): Promise<number>;
  /** All counts. */
  counts(): Promise<Map<number, number>>;
  close(): Promise<void>;
}

export async function openStore(name: string): Promise<Store> {
  const at = name.indexOf(":");
  const [kind, place] = [name.slice(0, at), name.slice(at + 1)];
  if (kind === "postgres") return inPostgres(Number(place));
  if (kind === "log") {
    const log = await openSessionLog(place);
    return withState(log, () => log.close());
  }
  const database = lmdb?.open({ path: place });
  if (kind !== "lmdb" || database === undefined) throw new Error(`no store: ${name}`);
  return withState(openLmdbLedger(database), () => database.close());
}

/** The counts are the state of call.transaction. */
function withState(ledger: Ledger, close: () => Promise<void>): Store {
  return {
    ledger,
    close,
    async count(number, { transaction }) {
      if (transaction === undefined) throw new Error("call it exactly once");
      return transaction((state) => {
        const count = Number(state.get(String(number)) ?? 0) + 1;
        state.set(String(number), count);
        return count;
      });
    },
    counts: async () => new Map([...ledger.state].map(([key, value]) => [Number(key), Number(value)])),
  };
}

/** The counts are a table of the user's. */
async function inPostgres(port: number): Promise<Store> {
  if (pg === undefined) throw new Error("the package pg is not installed");
  const pool = new pg.default.Pool({ host: "127.0.0.1", port, user: "lupine", database: "postgres", max: 20 });
  pool.on("error", () => undefined);
  await pool.query("CREATE TABLE IF NOT EXISTS counts (number integer PRIMARY KEY, count integer NOT NULL)");
  const ledger: PostgresLedger = await openPostgresLedger(pool);
  const add =
    "INSERT INTO counts VALUES ($1, 1) ON CONFLICT (number) DO UPDATE SET count = counts.count + 1 RETURNING count";
  return {
    ledger,
    async count(number, call) {
      const { rows } = await (await ledger.client(call)).query(add, [number]);
      return Number(rows[0]?.["count"]);
    },
    async counts() {
      const { rows } = await pool.query("SELECT number, count FROM counts");
      return new Map(rows.map(({ number, count }) => [Number(number), Number(count)]));
    },
    close: () => pool.end(),
  };
}
