// A binder of our own, in one line: versions 2, 3 and 4 over TCP and UDP on one port, and on a Unix socket if wanted.
import type { Call, Handler } from "../rpc/call.js";
import { Server } from "../server/index.js";
import { type Address, formatAddress } from "../transport/address.js";
import { type Listener, TransportError } from "../transport/connection.js";
import { rpcbindPort } from "./binder.js";
import { addressesByNetid } from "./listening.js";
import { protocolOf } from "./portmap/protocol.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import { type BinderState, servedVersion3, servedVersion4, serveVersion3, serveVersion4 } from "./rpcbind/server.js";
import { Statistics } from "./rpcbind/statistics.js";
import { type BinderEntry, binderProgram, RegistrationTable, superuser, type TableLimits } from "./rpcbind/table.js";

export interface RpcbindOptions {
  /** TCP and UDP port. Default 111, which needs root or CAP_NET_BIND_SERVICE; 0 takes a free one. */
  readonly port?: number;
  /** The interface: an IP address. Default "127.0.0.1", this machine alone; "0.0.0.0" or "::" for all. */
  readonly host?: string;
  /** Path of a Unix socket to serve as well: "/run/rpcbind.sock" is where C programs look. */
  readonly unixPath?: string;
  /**
   * Permissions of the Unix socket. Default 0o600. Whoever may open it is believed about who it is, because Node cannot
   * ask the kernel: open it to other users only where they may remove each other's registrations.
   */
  readonly unixMode?: number;
  readonly limits?: Partial<TableLimits>;
}

/** A free UDP port of the number that TCP gave may take a few attempts. */
const portAttempts = 10;

/**
 * Starts a binder.
 * @throws TransportError TRANSPORT_LISTEN_FAILED when the port is taken or needs root.
 */
export async function startRpcbind(options: RpcbindOptions = {}): Promise<Rpcbind> {
  for (let attempt = 1; ; attempt++) {
    const table = new RegistrationTable(options.limits);
    const server = binderServer({ table, statistics: new Statistics() });
    try {
      const tcp = await listen(server, options);
      return new Rpcbind(server, table, tcp.address);
    } catch (error) {
      await server.close();
      if (options.port !== 0 || attempt === portAttempts || !isTaken(error)) throw error;
    }
  }
}

function binderServer(state: BinderState): Server {
  const count = (call: Call, next: Handler): Promise<unknown> => {
    state.statistics.called(call);
    return next(call);
  };
  return new Server({ interceptors: [count] })
    .implement(servedVersion2, serveVersion2(state))
    .implement(servedVersion3, serveVersion3(state))
    .implement(servedVersion4, serveVersion4(state));
}

/** TCP first: where any port will do, its port is the one for UDP. */
async function listen(server: Server, options: RpcbindOptions): Promise<Listener> {
  const { host = "127.0.0.1", port = rpcbindPort, unixPath, unixMode = 0o600 } = options;
  const tcp = await server.listen({ kind: "tcp", host, port });
  await server.listen({ kind: "udp", host, port: "port" in tcp.address ? tcp.address.port : port });
  if (unixPath !== undefined) await server.listen({ kind: "unix", path: unixPath }, { mode: unixMode });
  return tcp;
}

/** A running binder. Stopping it forgets every registration. */
export class Rpcbind implements AsyncDisposable {
  readonly table: RegistrationTable;
  /** Its TCP address. UDP has the same port. */
  readonly address: Address;
  readonly #server: Server;

  /** Made by `startRpcbind`. */
  constructor(server: Server, table: RegistrationTable, address: Address) {
    this.#server = server;
    this.table = table;
    this.address = address;
    for (const entry of ownEntries(server.listeners)) table.put(entry);
  }

  /** `tcp://127.0.0.1:10111`: what clients take as `rpcbind`, and `register` as `binder`. */
  get url(): string {
    return formatAddress(this.address);
  }

  /** Everywhere that it listens. */
  get addresses(): readonly Address[] {
    return this.#server.addresses;
  }

  /** Lets calls in flight finish, then stops. */
  close(): Promise<void> {
    return this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof TransportError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === "EADDRINUSE";
}

/** The binder lists itself, in each version, as C's does. */
function ownEntries(listeners: readonly Listener[]): BinderEntry[] {
  const addresses = [...addressesByNetid(listeners)];
  return [4, 3, 2].flatMap((version) =>
    addresses
      .filter(([netid]) => version !== 2 || protocolOf(netid) !== undefined)
      .map(([netid, address]) => ({ program: binderProgram, version, netid, address, owner: superuser })),
  );
}
