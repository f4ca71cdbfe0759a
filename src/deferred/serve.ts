// Adds deferred calls to a server.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import type { Server } from "../server/server.js";
import { DEFERRED_VERS } from "./deferred.gen.js";
import { type DeferredLimits, defaultDeferredLimits } from "./limits.js";
import { TicketLog } from "./log.js";
import { DeferredCalls } from "./tickets.js";

/** Options of `serveDeferred`. */
export interface DeferredServerOptions extends Partial<DeferredLimits> {
  /** A log that keeps tickets when the process ends: `await openTicketLog(path)`. Default: memory only. */
  readonly log?: TicketLog;
  /** The clock of leases and waits, for tests. Default: the machine's. */
  readonly clock?: Clock;
}

const optionTable: OptionTable<DeferredServerOptions> = {
  tickets: "size",
  ticketsPerHost: "size",
  bytes: "size",
  running: "size",
  lease: "time",
  log: "object",
  clock: "object",
};

/**
 * Lets clients call all programs of the server as deferred calls: each is accepted at once with a ticket, runs afterwards, and its result
 * comes by a second call. The interface files of these programs do not change: the server gets one more program, whose calls carry the messages of
 * the others. If the log may hold waiting calls, implement the other programs first.
 * @returns the deferred calls, with their counts.
 * @throws TypeError for a wrong option, or if the server has deferred calls already.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * serveDeferred(server);
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createDeferredClient(ADD_VERS, address);
 * const ticket = await client.add({ a: 1, b: 2 });
 * console.log(await ticket.result()); // 3
 */
export function serveDeferred(server: Server, options: DeferredServerOptions = {}): DeferredCalls {
  checkOptions(optionTable, options);
  const { log, clock, ...given } = options;
  if (log !== undefined && !(log instanceof TicketLog)) {
    throw new TypeError("options.log is not a ticket log; give await openTicketLog(path)");
  }
  const calls = new DeferredCalls(server, { limits: { ...defaultDeferredLimits, ...given }, clock, log });
  server.implement(DEFERRED_VERS, {
    open: () => calls.open(),
    submit: (args, call) => calls.submit(args, call),
    fetch: (args, call) => calls.fetch(args, call),
    cancel: (id, call) => calls.cancel(id, call),
    release: (ids, call) => calls.release(ids, call),
    attach: (ids, call) => calls.attach(ids, call),
    watch: (wait, call) => calls.watch(wait, call),
  });
  return calls;
}
