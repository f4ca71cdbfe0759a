// How a client finds where a program listens when it was given only a host. The everyday locator asks the host's
// rpcbind; it lives in binding/, which this room must not know, and is handed in.
import type { Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";

/** Which transport a client prefers: TCP, UDP, or a Unix socket of this machine. */
export type TransportName = "tcp" | "udp" | "unix";

/** A question for a locator. */
export interface Lookup {
  /** A host name or IP address, as the caller wrote it. */
  readonly host: string;
  readonly program: Program;
  readonly transport: TransportName;
  /** Where the host's rpcbind listens; absent: at its usual places. `host`, `host:port` or an address URL. */
  readonly rpcbind?: string | undefined;
  /** Milliseconds in which an answer is of use. */
  readonly time?: number | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Where a program is: one address, or several to try, the best first. */
export type Found = Address | readonly Address[];

/**
 * Finds the address of a program on a host; or several to try, the best first. Asked anew for each connection, so that a server which came back on
 * another port is found.
 * @throws RpcError with `mayHaveRun` false: the program is not registered, or there is nobody to ask.
 */
export type Locator = (lookup: Lookup) => Promise<Found>;
