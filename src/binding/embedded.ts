// A binder of our own, in one line: versions 2, 3 and 4 over TCP and UDP on one port, and on a Unix socket if wanted.
import { statSync } from "node:fs";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { messageOf } from "../base/show.js";
import { rateOptions } from "../machine/rate.js";
import { defaultUnixMode, isTaken, type ListenPlaces, listenEverywhere } from "../server/listen-everywhere.js";
import type { ServerOptions } from "../server/options.js";
import type { Server } from "../server/server.js";
import { type TlsListenOptions, tlsListenOptions } from "../server/tls-options.js";
import { type Address, formatAddress } from "../transport/address.js";
import type { Listener } from "../transport/connection.js";
import { rpcbindGroup } from "./group.js";
import { addressesByNetid } from "./listening.js";
import { protocolOf } from "./portmap/protocol.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import type { BinderLog } from "./rpcbind/events.js";
import type { RemoteCallLimits } from "./rpcbind/remote-calls.js";
import { type BinderState, servedVersion3, servedVersion4, serveVersion3, serveVersion4 } from "./rpcbind/server.js";
import { newBinderState, type StateOptions, type WholeState } from "./rpcbind/state.js";
import { StateFile } from "./rpcbind/state-file.js";
import { type BinderEntry, binderProgram, type RegistrationTable, superuser } from "./rpcbind/table.js";
import { rpcbindPort } from "./well-known.js";

/** Options of `startRpcbind`. */
export interface RpcbindOptions extends StateOptions, ListenPlaces {
  /** TCP and UDP port. Default 111, which needs root or CAP_NET_BIND_SERVICE; 0 takes a free one. */
  readonly port?: number;
  /**
   * Permissions of the Unix socket. Default 0o600: only the binder's own user and root can open it, and the binder knows who
   * they are. Programs of other users register over TCP, where Linux reports the caller. If others may open the socket, the
   * binder asks the system for the caller, through one perl or python3 process; without either the owner is "unknown".
   */
  readonly unixMode?: number;
  /** A file that keeps registrations if this process is killed. Default: no file; registrations end with the process. */
  readonly stateFile?: string;
  /**
   * TLS on the TCP port (RFC 9289). With `require: "optional"`, programs without TLS may also call it. UDP and the Unix socket have no TLS. Default:
   * none.
   */
  readonly tls?: TlsListenOptions;
}

const rpcbindOptions: OptionTable<RpcbindOptions> = {
  port: "count",
  host: "any",
  unixPath: "text",
  unixMode: "count",
  inherited: "any",
  stateFile: "text",
  tls: tlsListenOptions,
  limits: {
    entries: "count",
    bytes: "count",
    perOwner: "count",
    reserved: "share",
    netid: "count",
    address: "count",
    owner: "count",
  },
  remoteCalls: "any",
  removeGone: "flag",
  insecure: "flag",
  rate: rateOptions,
  log: "function",
  sharedSocket: "flag",
  helper: "flag",
  neighbours: "object",
};

const remoteCallOptions: OptionTable<RemoteCallLimits> = {
  inFlight: "count",
  timeout: "timer",
  bytes: "count",
  amplification: "size",
};

/** @throws TypeError */
function checkBinderOptions(options: RpcbindOptions): void {
  checkOptions(rpcbindOptions, options);
  const { remoteCalls } = options;
  if (typeof remoteCalls !== "boolean") checkOptions(remoteCallOptions, remoteCalls, "options.remoteCalls");
}

/** At the connection limit, a new connection evicts the oldest, so one client cannot lock out the others. */
const ways = { udp: true, groups: [rpcbindGroup], options: { whenFull: "replace" } } as const;

/** Finding a free UDP port with the number of the TCP port may take several attempts. */
const portAttempts = 10;

/** Calls `new Server(options)`. It is passed in, because this code must not load the server's room. */
type NewServer = (options: ServerOptions) => Server;

/** See `startRpcbind` of everyday.ts. */
export async function startRpcbind(options: RpcbindOptions, newServer: NewServer): Promise<Rpcbind> {
  checkBinderOptions(options);
  for (let attempt = 1; ; attempt++) {
    const state = newBinderState({ ...options, sharedSocket: isShared(options) });
    const server = binderServer(newServer, state, options.log);
    let stop: (() => void) | undefined;
    state.access.start();
    try {
      // Restore the registrations before anything can ask for them.
      stop = openState(options, state);
      await listenEverywhere(server, { port: rpcbindPort, ...options, ...ways });
      const opened = stop;
      return new Rpcbind(server, state.table, () => {
        opened();
        state.access.close();
        state.remoteCalls.close();
      });
    } catch (error) {
      await server.close();
      stop?.();
      state.access.close();
      if (options.port !== 0 || attempt === portAttempts || !isTaken(error)) throw error;
    }
  }
}

/** Whether users other than its owner may open the Unix socket. */
function isShared({ unixMode = defaultUnixMode, inherited = [] }: RpcbindOptions): boolean {
  const modes = inherited.map(({ address }) => (address.kind === "unix" ? modeOf(address.path) : 0));
  return [inherited.length > 0 ? 0 : unixMode, ...modes].some((mode) => (mode & 0o022) !== 0);
}

/** If the socket cannot be examined, assume that it is open to everybody. */
function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0o666;
}

/** `Access` refuses long answers to strangers, and forwarded calls have their own limits. */
const ownLimits = { datagramReply: Number.POSITIVE_INFINITY };

function binderServer(newServer: NewServer, state: BinderState, log: BinderLog | undefined): Server {
  const onError = (error: unknown): void => log?.({ kind: "trouble", problem: messageOf(error) });
  // No reply cache: `Access` counts every message, and a repetition changes nothing.
  return newServer({ replyCache: false, ...(log === undefined ? {} : { onError }) })
    .implement(servedVersion2, serveVersion2(state), ownLimits)
    .implement(servedVersion3, serveVersion3(state), ownLimits)
    .implement(servedVersion4, serveVersion4(state), ownLimits);
}

/** Opens the state file, if there is one. @returns a function that closes it. */
function openState({ stateFile }: RpcbindOptions, state: WholeState): () => void {
  const { table, access, survey } = state;
  if (stateFile === undefined) {
    survey.start();
    return () => survey.stop();
  }
  const file = new StateFile(stateFile, table, (problem) => access.tell({ kind: "state", problem }));
  survey.start(file);
  return () => {
    survey.stop();
    file.close();
  };
}

/**
 * A running binder. Closing it forgets every registration that is not in a state file.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * console.log(rpcbind.url.startsWith("tcp://"), rpcbind.addresses.length > 0); // true true
 */
export class Rpcbind implements AsyncDisposable {
  /** The registrations. */
  readonly table: RegistrationTable;
  /** The first TCP address; another address if there is no TCP address. UDP uses the same port. */
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

  /**
   * The address as text, such as `tcp://127.0.0.1:10111`: the `rpcbind` option of clients and the `binder` option of
   * `register`.
   */
  get url(): string {
    return formatAddress(this.address);
  }

  /** All addresses that it listens on. */
  get addresses(): readonly Address[] {
    return this.#server.addresses;
  }

  /** Waits for the calls in flight, then stops. */
  async close(): Promise<void> {
    await this.#server.close();
    this.#closed();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
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
