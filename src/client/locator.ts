// How a client finds the address of a program if it has only a host. The usual locator asks the host's rpcbind. It is
// part of binding/, which this room must not import, so it is passed in.
import type { Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { TlsConnectOptions } from "../transport/tls/connect-options.js";

/** The transport that a client uses: TCP, UDP, or a Unix socket on this machine. */
export type TransportName = "tcp" | "udp" | "unix";

/** The question that a Locator answers. */
export interface Lookup {
  /** A host name or IP address, as the caller wrote it. */
  readonly host: string;
  /** The program version to find. */
  readonly program: Program;
  /** The transport that the client uses. */
  readonly transport: TransportName;
  /** The address of the host's rpcbind: `host`, `host:port` or an address URL. Default: its usual place. */
  readonly rpcbind?: string | undefined;
  /** The client's options of TLS, if it needs TLS: a binder that offers TLS is asked through it. Default: binders are asked in clear text. */
  readonly tls?: TlsConnectOptions | undefined;
  /** Milliseconds after which the answer is no longer needed. Default: no limit. */
  readonly time?: number | undefined;
  /** Aborted when no call waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The result of a Locator: one address, or several in the order in which they are tried. */
export type Found = Address | readonly Address[];

/**
 * Finds the address of a program on a host. Called for each new connection, so that a server that was restarted on another
 * port is found.
 * @throws RpcError with `mayHaveRun` false if the program is not registered or nothing can be asked. The call fails with it,
 * and the next call tries again.
 */
export type Locator = (lookup: Lookup) => Promise<Found>;
