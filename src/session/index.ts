// "lupine/session": calls that run exactly once.
export type { Transaction, TransactionState } from "../rpc/call.js";
export type { ClientSessionEvent, ServerSessionEvent } from "./diagnostics.js";
export type { Ledger } from "./ledger.js";
export { defaultSessionLimits, type SessionLimits } from "./limits.js";
export { type LmdbDatabase, LmdbLedger, openLmdbLedger } from "./lmdb.js";
export { openSessionLog, SessionLog, type SessionLogOptions } from "./log.js";
export type { SessionOptions } from "./options.js";
export { openPostgresLedger, PostgresLedger, type PostgresLedgerOptions, type PostgresPool } from "./postgres.js";
export type { PostgresClient } from "./postgres-tables.js";
export { serveSessions } from "./serve.js";
export type { CallRecord, Outcome, Session, SessionStats, Sessions, Slot, Slots, StateWrite } from "./session.js";
export { type UnfinishedCall, unfinishedCalls } from "./unfinished.js";
