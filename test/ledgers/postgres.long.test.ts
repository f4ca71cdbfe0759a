// Sessions in PostgreSQL.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, type RpcError, Server } from "lupine";
import { openPostgresLedger, type PostgresClient, serveSessions } from "lupine/session";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { type Pool, packageMissing, pg } from "./packages.js";
import { type PostgresServer, postgresMissing, startPostgres } from "./postgres-server.js";
import { openStore } from "./stores.js";
import { ledgerSuite } from "./suite.js";

peerSuite(packageMissing("pg") ?? postgresMissing(), () => {
  let postgres: PostgresServer;
  let pool: Pool;
  before(async () => {
    postgres = await startPostgres();
    const { Pool } = (pg as NonNullable<typeof pg>).default;
    pool = new Pool(postgres.config).on("error", () => undefined);
  });
  after(async () => {
    await pool.end();
    await postgres[Symbol.asyncDispose]();
  });

  const empty = async (): Promise<void> => {
    await pool.query("DROP SCHEMA public CASCADE");
    await pool.query("CREATE SCHEMA public");
  };

  ledgerSuite({
    name: "PostgreSQL",
    make: async () => {
      await empty();
      return () => openStore(`postgres:${postgres.port}`);
    },
  });

  /** A server whose handler does `work` on the connection of its call. */
  async function serve(work: (sql: PostgresClient, a: number) => Promise<void>) {
    await empty();
    await pool.query("CREATE TABLE seen (a integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)");
    const errors: unknown[] = [];
    const ledger = await openPostgresLedger(pool, { onError: (error) => errors.push(error) });
    const server = new Server({ onError: () => undefined }).implement(ADD_VERS, {
      async add({ a }, call) {
        await work(await ledger.client(call), a);
        return a;
      },
    });
    serveSessions(server, { log: ledger, transactional: true });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    const client = createClient(ADD_VERS, address, { semantics: "exactly-once", timeout: 60_000 });
    const rows = async () => (await pool.query("SELECT a FROM seen ORDER BY a")).rows.map(({ a }) => a);
    return {
      client,
      errors,
      rows,
      async [Symbol.asyncDispose]() {
        await client[Symbol.asyncDispose]();
        await server.close();
      },
    };
  }

  const insert = async (sql: PostgresClient, a: number): Promise<void> => {
    await sql.query("INSERT INTO seen VALUES ($1)", [a]);
  };

  test("a call whose commit fails did not run, and says so", async () => {
    await using served = await serve(insert);
    const { client, rows, errors } = served;
    assert.equal(await client.add({ a: 1, b: 0 }), 1);
    // The key is checked when the transaction is committed.
    const refused = (error: RpcError): boolean => error.code === "RPC_SESSION_REFUSED" && !error.mayHaveRun;
    await assert.rejects(client.add({ a: 1, b: 0 }), refused);
    assert.equal(errors.length, 1);
    assert.equal(await client.add({ a: 2, b: 0 }), 2);
    assert.deepEqual(await rows(), [1, 2]);
  });

  test("a call whose connection to the database is lost did not run, or is acknowledged", async () => {
    let loses = true;
    await using served = await serve(async (sql, a) => {
      await insert(sql, a);
      if (!loses) return;
      loses = false;
      const { rows } = await sql.query("SELECT pg_backend_pid() AS pid");
      await pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.["pid"]]);
    });
    const { client, rows } = served;
    await assert.rejects(client.add({ a: 1, b: 0 }), { code: "RPC_SESSION_REFUSED", mayHaveRun: false });
    assert.deepEqual(await rows(), []);
    assert.equal(await client.add({ a: 1, b: 0 }), 1);
    assert.deepEqual(await rows(), [1]);
  });

  test("a server that opens the tables takes them over, and the one before it cannot commit", async () => {
    await using served = await serve(insert);
    const { client, rows, errors } = served;
    await client.add({ a: 1, b: 0 });
    const second = await openPostgresLedger(pool);
    assert.equal(second.sessions.size, 1);
    await assert.rejects(client.add({ a: 2, b: 0 }), { code: "RPC_SESSION_REFUSED" });
    await assert.rejects(client.add({ a: 3, b: 0 }), { code: "RPC_SESSION_REFUSED" });
    assert.match(String(errors[0]), /another server has taken over the sessions/);
    assert.deepEqual(await rows(), [1]);
  });

  test("a call outside sessions, and one that has ended, have no connection", async () => {
    await empty();
    const ledger = await openPostgresLedger(pool);
    await assert.rejects(ledger.client({}), /must be called with semantics: "exactly-once"/);
    const transaction = async () => undefined as never;
    ledger.abandon(transaction);
    await assert.rejects(ledger.client({ transaction }), /the call has ended/);
    await assert.rejects(openPostgresLedger(pool, { prefix: "a; DROP" }), /options\.prefix must be 1 to 41 letters/);
  });
});
