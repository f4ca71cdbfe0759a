// Options of `serve`.

import type { OptionTable } from "../base/check-options.js";
import { texts } from "../base/option-kinds.js";
import type { RegisterOptions } from "../binding/register.js";
import type { Accept } from "../server/accepting.js";
import type { MemoryReplyCacheOptions } from "../server/memory-reply-cache.js";
import type { Ledger } from "../session/ledger.js";
import { type ProcessOptions, processOptions } from "./options.js";

/** Options of `serve`. An unknown or invalid option is a TypeError that names it. */
export interface ServeOptions extends Omit<ProcessOptions, "size" | "onMessage"> {
  /** The number of workers, 1 or more. Default: the number of processors that this process may use. */
  readonly workers?: number;
  /**
   * The addresses to serve: `tcp://0.0.0.0:7000`, `udp://0.0.0.0:7000`, `unix:/run/add.sock`. All workers serve all of them. With port 0 the
   * system chooses; UDP then gets the port of TCP. Default: none; then only clients whose target is the returned object can call the workers.
   */
  readonly listen?: readonly string[];
  /**
   * True: each worker has sockets of its own (SO_REUSEPORT), and the system spreads connections and datagrams over them by the caller's
   * address; no connection passes through the supervisor. It suits many callers; with few callers, all of them may be assigned to one worker. Needs
   * Linux and the
   * package `koffi`. Other servers of this user can share the ports. Default false: the supervisor gives each connection to the worker
   * with the fewest, and an idle worker takes the next datagram.
   */
  readonly reusePort?: boolean;
  /** Which machines may connect. Default: as for `server.listen`. */
  readonly accept?: Accept;
  /** Permissions of the Unix sockets in `listen`, such as 0o660. Default: according to the umask. */
  readonly mode?: number;
  /** Registers the programs with the binder, once for all workers: true, or the options of `register`. Default false. */
  readonly register?: boolean | RegisterOptions;
  /**
   * The reply cache that all workers share, so that a copy of a call that reaches another worker does not run again. Default: as that
   * of a server, for datagrams only. `false`: none. A cache in the module's own `options` is used instead of it.
   */
  readonly replyCache?: MemoryReplyCacheOptions | false;
  /**
   * The log of the sessions that all workers share: what `openSessionLog` of `lupine/session` opens. Close it after the group. Default:
   * sessions are kept in the memory of this process, if the module calls `serveSessions`.
   */
  readonly sessionLog?: Ledger;
}

const { size: _, onMessage: __, ...shared } = processOptions;

export const serveOptions: OptionTable<ServeOptions> = {
  ...shared,
  workers: "size",
  listen: texts,
  reusePort: "flag",
  accept: ["local", "network"],
  mode: "count",
  register: "any",
  replyCache: "any",
  sessionLog: "object",
};
