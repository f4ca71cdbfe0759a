// "lupine/deferred": calls that the server accepts at once and runs later; the client gets the result separately.
export type { Progress, ReportProgress } from "../rpc/call.js";
export { createDeferredClient, type DeferredClient, newTicketId, resumeTicket } from "./client.js";
export type { DeferredCallOptions, DeferredClientOptions, ResultListener } from "./client-options.js";
export { type DeferredLimits, defaultDeferredLimits } from "./limits.js";
export { openTicketLog, TicketLog, type TicketLogOptions } from "./log.js";
export { type DeferredServerOptions, serveDeferred } from "./serve.js";
export type { DeferredStats } from "./stats.js";
export type { ResultOptions, Ticket } from "./ticket-handle.js";
export type { DeferredCalls } from "./tickets.js";
