// A binder of our own, in one line: versions 2, 3 and 4 over TCP and UDP on one port, and on a Unix socket if wanted.
import { Server } from "../server/index.js";
import { type Address, formatAddress } from "../transport/address.js";
import { type Listener, TransportError } from "../transport/connection.js";
import { rpcbindPort } from "./binder.js";
import { rpcbindGroup } from "./group.js";
import { addressesByNetid } from "./listening.js";
import { protocolOf } from "./portmap/protocol.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import { type BinderState, servedVersion3, servedVersion4, serveVersion3, serveVersion4 } from "./rpcbind/server.js";
import { newBinderState, type StateOptions, type WholeState } from "./rpcbind/state.js";
import { StateFile } from "./rpcbind/state-file.js";
import { type BinderEntry, binderProgram, type RegistrationTable, superuser } from "./rpcbind/table.js";

export interface RpcbindOptions extends StateOptions {
  /** TCP and UDP port. Default 111, which needs root or CAP_NET_BIND_SERVICE; 0 takes a free one. */
  readonly port?: number;
  /**
   * The interface, or several: IP addresses. Default "127.0.0.1", this machine alone; "0.0.0.0" for all of IPv4, "::"
   * for all of IPv6 and, unless an IPv4 address is given too, of IPv4.
   */
  readonly host?: string | readonly string[];
  /** Path of a Unix socket to serve as well: "/run/rpcbind.sock" is where C programs look. */
  readonly unixPath?: string;
  /**
   * Permissions of the Unix socket. Default 0o600. Whoever may open it is believed about who it is, because Node cannot
   * ask the kernel: open it to other users only where they may remove each other's registrations. They can register
   * over TCP, where Linux tells who they are.
   */
  readonly unixMode?: number;
  /** Sockets that listen already, from systemd for one: then none is made. */
  readonly inherited?: readonly InheritedSocket[];
  /** A file that registrations survive in, were this process killed. Default none: they end with it. */
  readonly stateFile?: string;
}

/** A socket that somebody else has bound, and has made listen where it is a stream. */
export interface InheritedSocket {
  readonly fd: number;
  /** What it is bound to. */
  readonly address: Address;
}

/** A free UDP port of the number that TCP gave may take a few attempts. */
const portAttempts = 10;

/**
 * Starts a binder.
 * @throws TransportError TRANSPORT_LISTEN_FAILED when the port is taken or needs root, and what the system says of the
 * state file.
 */
export async function startRpcbind(options: RpcbindOptions = {}): Promise<Rpcbind> {
  for (let attempt = 1; ; attempt++) {
    const state = newBinderState(options);
    const server = binderServer(state);
    let stop: (() => void) | undefined;
    try {
      // What was known is known again before anybody can ask.
      stop = openState(options, state);
      await listen(server, options);
      return new Rpcbind(server, state.table, stop);
    } catch (error) {
      await server.close();
      stop?.();
      if (options.port !== 0 || attempt === portAttempts || !isTaken(error)) throw error;
    }
  }
}

function binderServer(state: BinderState): Server {
  return new Server()
    .implement(servedVersion2, serveVersion2(state))
    .implement(servedVersion3, serveVersion3(state))
    .implement(servedVersion4, serveVersion4(state));
}

/** Takes over the state file, if there is one. @returns what gives it back. */
function openState({ stateFile }: RpcbindOptions, state: WholeState): () => void {
  const { table, access, survey } = state;
  if (stateFile === undefined) {
    survey.start();
    return () => survey.stop();
  }
  const file = StateFile.open(stateFile, table, (problem) => access.tell({ kind: "state", problem }));
  survey.start(file);
  return () => {
    survey.stop();
    file.close();
  };
}

async function listen(server: Server, options: RpcbindOptions): Promise<void> {
  const { host = "127.0.0.1", unixPath, unixMode = 0o600, inherited = [] } = options;
  for (const { fd, address } of inherited) await server.listen(address, { fd, groups: groupsOf(address) });
  if (inherited.length > 0) return;
  const hosts = typeof host === "string" ? [host] : host;
  let port = options.port ?? rpcbindPort;
  for (const one of hosts) {
    try {
      port = await listenAt(server, one, port, hosts);
    } catch (error) {
      if (!isWithoutVersion6(error) || one === hosts[0]) throw error;
    }
  }
  if (unixPath !== undefined) await server.listen({ kind: "unix", path: unixPath }, { mode: unixMode });
}

/** TCP first: where any port will do, its port is the one for UDP. @returns that port. */
async function listenAt(server: Server, host: string, wanted: number, hosts: readonly string[]): Promise<number> {
  const ipv6Only = host.includes(":") && hosts.some((other) => !other.includes(":"));
  const { address } = await server.listen({ kind: "tcp", host, port: wanted }, { ipv6Only });
  const port = "port" in address ? address.port : wanted;
  const udp: Address = { kind: "udp", host, port };
  await server.listen(udp, { ipv6Only, groups: groupsOf(udp) });
  return port;
}

function groupsOf(address: Address): string[] {
  return address.kind === "udp" && address.host === "::" ? [rpcbindGroup] : [];
}

/** This system has no IPv6: then a binder on all addresses is one on all of IPv4. */
function isWithoutVersion6(error: unknown): boolean {
  const cause = error instanceof TransportError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === "EAFNOSUPPORT" || cause?.code === "EADDRNOTAVAIL";
}

/** A running binder. Stopping it forgets every registration that is in no state file. */
export class Rpcbind implements AsyncDisposable {
  readonly table: RegistrationTable;
  /** Its first TCP address, or where else it listens. UDP has the same port. */
  readonly address: Address;
  readonly #server: Server;
  readonly #closed: () => void;

  /** Made by `startRpcbind`. */
  constructor(server: Server, table: RegistrationTable, closed: () => void) {
    const addresses = server.addresses;
    this.#server = server;
    this.table = table;
    this.address = addresses.find(({ kind }) => kind === "tcp") ?? (addresses[0] as Address);
    this.#closed = closed;
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
  async close(): Promise<void> {
    await this.#server.close();
    this.#closed();
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
