// Options of deferred clients and of their calls.
import { checkOptions } from "../base/check-options.js";
import type { ClientOptions } from "../client/index.js";
import type { CallOptions } from "../rpc/call.js";
import type { Accept } from "../server/index.js";
import { parseAddress } from "../transport/address.js";
import { firstUserPort } from "./limits.js";

/** Options of `createDeferredClient`: the options of `createClient` that apply, and the way in which results arrive. */
export interface DeferredClientOptions
  extends Omit<ClientOptions, "semantics" | "session" | "interceptors" | "encode"> {
  /**
   * How results come:
   * - "connection" (default): the server calls the client over the client's own connection. Over UDP results are fetched;
   * - "fetch": the client asks for them;
   * - `{ listen: "tcp://0.0.0.0:0", accept: "network" }`: the client listens there, and the server calls it over a connection of its own. The server
   * calls only the host from which the call came.
   */
  readonly results?: "connection" | "fetch" | ResultListener;
}

/** Where a client listens for its results. */
export interface ResultListener {
  /** The address, with port 0 for any free port of 1024 or more. TCP. */
  readonly listen: string;
  /** As in `server.listen`: who may call. */
  readonly accept?: Accept;
}

/** Options of one deferred call. */
export interface DeferredCallOptions extends Pick<CallOptions, "auth" | "signal" | "timeout"> {
  /**
   * The ticket's id, from `newTicketId()`. A program that must not lose its ticket stores the id before the call. If it is killed, it
   * resumes the ticket; a call with the same id and arguments runs at most once. Default: a new one.
   */
  readonly ticket?: string;
}

/** @throws TypeError for wrong `options.results`. */
export function checkResults(results: unknown): void {
  const table = {
    results: typeof results === "object" ? { listen: "text", accept: "any" } : ["connection", "fetch"],
  } as const;
  checkOptions(table, { results });
  if (typeof results !== "object") return;
  const at = parseAddress((results as ResultListener).listen);
  if (at.kind !== "tcp") throw new TypeError("options.results.listen must be a TCP address");
  if (at.port !== 0 && at.port < firstUserPort) {
    const hint = `servers call programs only from port ${firstUserPort} on; give port 0 for any free one`;
    throw new TypeError(`options.results.listen has port ${at.port}: ${hint}`);
  }
}
