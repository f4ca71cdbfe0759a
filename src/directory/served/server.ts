// A directory server in this process.

import { checkOptions, type OptionTable } from "../../base/check-options.js";
import { type Clock, systemClock } from "../../base/clock.js";
import { acceptors } from "../../base/option-kinds.js";
import { messageOf } from "../../base/show.js";
import { register } from "../../binding/everyday.js";
import type { BinderChoice, Displacement } from "../../binding/index.js";
import { BindingError } from "../../binding/locate.js";
import { type RateLimits, rateOptions } from "../../machine/rate.js";
import type { ServerAuth } from "../../rpc/auth.js";
import { defaultServerLimits, type ServerLimits } from "../../server/limits.js";
import { type ListenPlaces, listenEverywhere } from "../../server/listen-everywhere.js";
import { Server } from "../../server/server.js";
import { type TlsListenOptions, tlsListenOptions } from "../../server/tls-options.js";
import { type Address, formatAddress } from "../../transport/address.js";
import type { Certificate } from "../../transport/tls/security.js";
import type { DirectoryLog } from "./events.js";
import {
  type DirectoryLimits,
  defaultDirectoryConnections,
  defaultDirectoryRate,
  defaultGrace,
  defaultSettling,
  directoryPort,
  mostUnread,
} from "./limits.js";
import { Policy, type PolicyOptions } from "./policy.js";
import { Procedures, type Rules } from "./procedures.js";
import { DirectoryStateFile } from "./state-file.js";
import { newEpoch, ServiceTable } from "./table.js";

/** Options of `startDirectory`. */
export interface DirectoryServerOptions extends ListenPlaces, PolicyOptions {
  /** TCP port. Default 10112; 0 takes a free one. */
  readonly port?: number;
  /** True: also serves UDP on that port, to callers on this machine. Default false. */
  readonly udp?: boolean;
  /**
   * TLS on its TCP port (RFC 9289). A caller whose certificate `tls.ca` has signed may register from anywhere, and its registrations belong
   * to the name in the certificate: nobody else can replace or remove them. The name is what `tls.identify` returns, by default the
   * certificate's first DNS name, else its subject. Default: none.
   */
  readonly tls?: TlsListenOptions;
  /**
   * The credentials that are accepted, such as `acceptGss()` of `lupine/gss`. A caller with a principal may register from anywhere, and its
   * registrations belong to that principal. Default: AUTH_NONE and AUTH_SYS, which prove nothing.
   */
  readonly auth?: readonly ServerAuth[];
  /** A file that keeps registrations if this process is killed. Default: no file; servers register again by themselves. */
  readonly stateFile?: string;
  /**
   * The binder to register the directory server with. Default "auto": this machine's, if it answers and accepts the
   * registration; with port 0, none. Any other choice is as in `register`, and must succeed.
   */
  readonly binder?: BinderChoice;
  /** Limits of registrations and watches. Default `defaultDirectoryLimits`. */
  readonly limits?: Partial<DirectoryLimits>;
  /** Calls that one IP address other than the loopback may make. Default `defaultDirectoryRate`. */
  readonly rate?: Partial<RateLimits>;
  /** Milliseconds for which the leases of a lost connection are kept, so that a server can reconnect. Default 250. */
  readonly grace?: number;
  /**
   * Milliseconds for which answers to watchers are delayed after a start without state, so that servers can register again first. Default 2000.
   */
  readonly settling?: number;
  /** The most open connections. Default 16,384. */
  readonly maxConnections?: number;
  /** The most open connections from one IP address. Default 1,024. */
  readonly maxConnectionsPerAddress?: number;
  /** Receives the events of the server. Default: no log. */
  readonly log?: DirectoryLog;
  /** The clock of leases and watches, for tests: a `FakeClock` of `lupine/testing`. Default: the machine's. */
  readonly clock?: Clock;
}

const directoryServerOptions: OptionTable<DirectoryServerOptions> = {
  port: "count",
  host: "any",
  unixPath: "text",
  unixMode: "count",
  inherited: "any",
  udp: "flag",
  tls: tlsListenOptions,
  auth: acceptors,
  stateFile: "text",
  binder: "any",
  registrants: "any",
  secrets: "any",
  mostWeight: "count",
  leastPriority: "count",
  limits: {
    entries: "count",
    perPath: "count",
    pathBytes: "count",
    perHost: "count",
    hostBytes: "count",
    bytes: "count",
    reserved: "share",
    watchesPerConnection: "count",
    watchesPerHost: "count",
    watches: "count",
    wait: "timer",
  },
  rate: rateOptions,
  grace: "time",
  settling: "time",
  maxConnections: "count",
  maxConnectionsPerAddress: "count",
  log: "function",
  clock: "object",
};

/**
 * Starts a directory server in this process.
 * @throws TransportError TRANSPORT_LISTEN_FAILED if the port is in use. System errors of the state file, or LockTaken if
 * another directory server uses it. BindingError if the chosen binder does not register the server.
 * @example
 * await using directoryServer = await startDirectory({ port: 0 });
 * await using directory = await openDirectory(directoryServer.url);
 * console.log((await directory.list()).length); // 0
 */
export async function startDirectory(options: DirectoryServerOptions = {}): Promise<DirectoryServer> {
  checkOptions(directoryServerOptions, options);
  const { log } = options;
  const procedures = new Procedures(new ServiceTable(newEpoch(), options.limits), rulesOf(options));
  const server = new Server({
    limits: callLimits(procedures.table.limits),
    onDisconnected: (peer) => procedures.disconnected(peer),
    clock: options.clock,
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    ...(log === undefined ? {} : { onError: (error) => log({ kind: "trouble", problem: messageOf(error) }) }),
  }).implement(procedures.program, procedures.implementation, { datagramReply: Number.POSITIVE_INFINITY });
  let file: DirectoryStateFile | undefined;
  const stop = (): void => {
    procedures.close();
    file?.close();
  };
  try {
    // Restore the registrations before anything can ask for them.
    file = openState(options, procedures);
    procedures.start(file?.restored === true);
    await listen(server, options);
    server.onClosing(() => procedures.close());
    await registerWith(server, options);
    return new DirectoryServer(server, procedures, stop);
  } catch (error) {
    await server.close();
    stop();
    throw error;
  }
}

/** Every watch is a call in flight for up to a minute. Unread answers are bounded by `mostUnread`. */
function callLimits({ watchesPerConnection, watches }: DirectoryLimits): Partial<ServerLimits> {
  const totalCallsInFlight = Math.max(4 * watches, defaultServerLimits.totalCallsInFlight);
  return { callsInFlight: 2 * watchesPerConnection, totalCallsInFlight, bytesInFlight: 64 * 1024 * 1024 };
}

function rulesOf(options: DirectoryServerOptions): Rules {
  const { grace = defaultGrace, settling = defaultSettling } = options;
  const log: DirectoryLog = (event) => {
    try {
      options.log?.(event);
    } catch {
      // There is nothing left to report it to.
    }
  };
  return {
    policy: new Policy(options),
    grace,
    settling,
    log,
    clock: options.clock ?? systemClock,
    rate: { ...defaultDirectoryRate, ...options.rate },
  };
}

function openState({ stateFile, log }: DirectoryServerOptions, { table, registrations }: Procedures) {
  if (stateFile === undefined) return undefined;
  return new DirectoryStateFile(stateFile, table, registrations, (problem) => log?.({ kind: "trouble", problem }));
}

async function listen(server: Server, options: DirectoryServerOptions): Promise<void> {
  const { maxConnections, maxConnectionsPerAddress } = { ...defaultDirectoryConnections, ...options };
  const { tls } = options;
  await listenEverywhere(server, {
    port: directoryPort,
    ...options,
    udp: options.udp ?? false,
    tls: tls && { identify: nameOf, ...tls },
    options: { maxConnections, maxConnectionsPerAddress, highWaterMark: mostUnread },
  });
}

/** The first DNS name of a certificate, else its subject; the fingerprint if it has neither. */
function nameOf({ names, subject, fingerprint }: Certificate): string {
  const name = names.find((one) => /^DNS:./.test(one));
  return name === undefined ? subject || fingerprint : name.slice("DNS:".length);
}

async function registerWith(server: Server, { binder = "auto", port, log }: DirectoryServerOptions): Promise<void> {
  const onDisplaced = ({ message }: Displacement): void => log?.({ kind: "trouble", problem: message });
  if (binder !== "auto") return void (await register(server, { binder, onDisplaced }));
  if (port === 0) return;
  try {
    await register(server, { binder: "system", onDisplaced });
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    // A machine without a binder is normal: clients use the port. A binder that refuses is reported.
    const problem = `the directory is not registered with rpcbind: ${error.message}`;
    if (error.code !== "RPC_NO_BINDER") log?.({ kind: "trouble", problem });
  }
}

/**
 * A running directory server.
 * @example
 * await using directoryServer = await startDirectory({ port: 0 });
 * console.log(directoryServer.url.startsWith("tcp://")); // true
 */
export class DirectoryServer implements AsyncDisposable {
  /** The first TCP address; another address if there is no TCP address. */
  readonly address: Address;
  readonly #server: Server;
  readonly #procedures: Procedures;
  readonly #stop: () => void;

  /** Made by `startDirectory`. */
  constructor(server: Server, procedures: Procedures, stop: () => void) {
    const { addresses } = server;
    this.address = addresses.find(({ kind }) => kind === "tcp") ?? (addresses[0] as Address);
    this.#server = server;
    this.#procedures = procedures;
    this.#stop = stop;
  }

  /** The address as text, such as `tcp://127.0.0.1:10112`: the argument of `openDirectory`. */
  get url(): string {
    return formatAddress(this.address);
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#server.connections;
  }

  /** All addresses that it listens on. */
  get addresses(): readonly Address[] {
    return this.#server.addresses;
  }

  /** The number of registrations. */
  get size(): number {
    return this.#procedures.table.size;
  }

  /** Answers the watches, waits for other calls in flight, then stops. A state file is kept. */
  async close(): Promise<void> {
    await this.#server.close();
    this.#stop();
  }

  /** Stops at once, as if the machine had lost power. For tests. */
  destroy(): void {
    this.#server.destroy();
    this.#stop();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
