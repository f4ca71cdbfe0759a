// The interface between a pool and a source of servers: a list, DNS, a directory, or a supervisor of worker processes.
import type { Program } from "../rpc/program.js";
import type { BalanceName } from "./options.js";

/** One server that a pool may call. Plain data. */
export interface Endpoint {
  /** Identifies the server within its source. A server whose description changes under the same id is a new server. */
  readonly id: string;
  /**
   * Where it listens, in the form of a client's target: `tcp://10.0.0.7:2049`; or only a host, whose rpcbind is asked.
   */
  readonly addresses: readonly string[];
  /** The program versions that it serves. Default: unknown; then it is assumed to serve every program. */
  readonly versions?: readonly { readonly program: number; readonly version: number }[];
  /** Endpoints with a lower number are called first; others only while none of those can be reached. Default 0. */
  readonly priority?: number;
  /** The share of calls among endpoints of one priority, 1 or more. Default 1. */
  readonly weight?: number;
}

/** Ends a watch. */
export type Stop = () => void | Promise<void>;

/**
 * A source of endpoints, and a target of `createClient`. A pool begins to watch with its first call, and stops when it is closed.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * const workers: Endpoints = {
 *   name: "workers",
 *   watch(on) {
 *     on([{ id: "first", addresses: [formatAddress(address)] }]);
 *     return () => undefined;
 *   },
 * };
 * await using client = createClient(ADD_VERS, workers);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export interface Endpoints {
  /** The source's name in messages: `/services/time`, `tcp://a:1, tcp://b:1`. */
  readonly name: string;
  /** How calls are spread over these endpoints if the client's options do not say. Default "round-robin". */
  readonly balance?: BalanceName;
  /**
   * Calls `on` with all endpoints once they are known, then after each change. Calls wait until the first report. The
   * signal is aborted when the pool is closed. If `watch` throws or rejects, calls that wait fail with RpcDisconnected,
   * whose cause is that error (with `waitForServer` they continue to wait), and `watch` is called again, after a
   * backoff, when there are calls. The source itself must handle later errors: its last report remains valid.
   *
   * Calls in flight on an endpoint that is no longer reported run to their end; new calls go to the others. After an
   * empty report, new calls fail with RpcDisconnected (`mayHaveRun` false), or wait with `waitForServer`.
   */
  watch(on: (endpoints: readonly Endpoint[]) => void, signal: AbortSignal): Stop | Promise<Stop>;
  /**
   * Why no endpoint serves the program; becomes the `cause` and the message of the call's error. Without it, or if it resolves with
   * undefined, the message says that there is no server at the moment. Never rejects.
   */
  explain?(program: Program, endpoints: readonly Endpoint[]): Promise<Error | undefined>;
}

export function isEndpoints(target: unknown): target is Endpoints {
  return typeof target === "object" && target !== null && "watch" in target && !("call" in target);
}
