// Accepts stream connections: limits, idle time, and sockets that read into our buffer. For TCP and Unix sockets.

import { createServer, type ListenOptions as NetListenOptions, type Server, type ServerOpts, Socket } from "node:net";
import { systemClock, type Timer } from "../base/clock.js";
import type { Address } from "./address-forms.js";
import { formatAddress, netidOf } from "./address-forms.js";
import { addressGroup } from "./address-group.js";
import type { Connection, ConnectionInfo, Listener } from "./connection.js";
import type { Descriptors } from "./descriptors.js";
import { receiverThrew, TransportError, type TransportErrorCode } from "./errors.js";
import { Input, readBufferSize } from "./input.js";
import { listenFailed } from "./listen-failed.js";
import {
  defaultBacklog,
  defaultFirstRecordTimeout,
  defaultIdleTimeout,
  defaultMaxConnections,
  defaultMaxConnectionsPerAddress,
} from "./listener-defaults.js";
import { OpenConnections, type Place } from "./open-connections.js";
import { Refusals } from "./refusals.js";
import { StreamConnection, type StreamOptions } from "./stream.js";
import { processUnfinished, UnfinishedRecords } from "./unfinished.js";

/** Options of every stream listener. */
export interface ListenOptions extends StreamOptions {
  /** The most connections open at a time. Default 4096. For the next one see `whenFull`. */
  readonly maxConnections?: number;
  /** The most connections open at a time from one remote IP address, or from one /64 network for IPv6. Default 1024. */
  readonly maxConnectionsPerAddress?: number;
  /**
   * The reaction to one connection too many, and to a new connection when few of the process's file descriptors are left
   * (an eighth of the limit, at most 64). "replace", the default: the connection that was idle longest, of the address
   * that has most, is closed for it; if calls wait on all, the one that was silent longest. So no client can lock out others by holding connections. "refuse": the new one is closed at once.
   */
  readonly whenFull?: "refuse" | "replace";
  /**
   * The most bytes of unfinished records that all connections hold together. Above it, the largest record of the
   * address that holds most is dropped, and its connection closed. Default 128 MiB, shared by all listeners and clients
   * of the process.
   */
  readonly maxUnfinished?: number;
  /** Milliseconds without traffic after which a connection is closed; 0: never. Default 10 minutes. */
  readonly idleTimeout?: number;
  /**
   * While half of a limit on connections is used, a new connection has this many milliseconds for its first record; 0:
   * no limit. Default 10 seconds. With fewer connections only `idleTimeout` counts.
   */
  readonly firstRecordTimeout?: number;
  /** The descriptor of a socket that already listens, for example from systemd. Nothing is bound then; the address is used in messages only. */
  readonly fd?: number;
  /** The most connections that wait to be accepted. Default 4096. The system may allow fewer: `net.core.somaxconn` on Linux. */
  readonly backlog?: number;
  /**
   * Called for connections that were refused or closed because of what they sent or did not send, with address and
   * reason; for connections that are not accepted because file descriptors are missing; and for a failed listener.
   * After 100 reports at once there is one a second, with the number of reports that were left out. Default on a
   * server: its own `onError`.
   */
  readonly onError?: (error: TransportError) => void;
  /** Read into one reused buffer, which uses a private field of Node's sockets. Default: if it works. */
  readonly reuseReadBuffer?: boolean;
}

/** Milliseconds between checks for connections without a record. */
const silenceInterval = 1_000;

/** The parts that differ between TCP and Unix sockets. */
export interface ListenTarget {
  /** The listener's name in messages: "tcp://host:port". */
  readonly name: string;
  /** Where it listens; or a function that passes connections of another listener to `server`, by its event "connection". */
  readonly listen: NetListenOptions | ((server: Server) => void);
  readonly server: ServerOpts;
  readonly address: (bound: { address: string; port: number }) => Address;
  readonly info: (socket: Socket) => Omit<ConnectionInfo, "maxMessage" | "reliable">;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED; `cause` is the system's error. */
export async function listenStream(
  target: ListenTarget,
  onConnection: (connection: Connection) => void,
  options: ListenOptions,
): Promise<Listener> {
  const listener = new StreamListener(target, onConnection, options);
  await listener.start();
  return listener;
}

class StreamListener implements Listener {
  address: Address;
  readonly #target: ListenTarget;
  readonly #options: ListenOptions;
  readonly #onConnection: (connection: Connection) => void;
  readonly #server: Server;
  /**
   * One read buffer for all connections: reading and handling happen in one step. Not on Windows, which reads ahead
   * into it.
   */
  readonly #chunk = process.platform === "win32" ? undefined : Buffer.allocUnsafeSlow(readBufferSize);
  readonly #unfinished: UnfinishedRecords;
  readonly #refusals: Refusals;
  /** The spare descriptors. Their code is loaded when it is needed. */
  #descriptors: Descriptors | undefined;
  #stopWatching: (() => void) | undefined;
  readonly #connections: OpenConnections<StreamConnection>;
  /** Runs while there are connections that may have to be closed because they sent nothing. */
  #silenceTimer: Timer | undefined;
  #closed = false;

  constructor(target: ListenTarget, onConnection: (connection: Connection) => void, options: ListenOptions) {
    this.#target = target;
    this.#onConnection = onConnection;
    this.#options = options;
    const { maxUnfinished } = options;
    this.#unfinished = maxUnfinished === undefined ? processUnfinished : new UnfinishedRecords(maxUnfinished);
    this.#connections = new OpenConnections({
      most: options.maxConnections ?? defaultMaxConnections,
      mostPerAddress: options.maxConnectionsPerAddress ?? defaultMaxConnectionsPerAddress,
    });
    this.#refusals = new Refusals(options.onError);
    this.address = target.address({ address: "", port: 0 });
    this.#server = createServer({ ...target.server, allowHalfOpen: true, pauseOnConnect: true });
    this.#server.on("connection", (socket) => this.#accept(socket));
  }

  get netid(): string {
    return netidOf(this.address);
  }

  /** The address, for error messages. */
  get #name(): string {
    return formatAddress(this.address);
  }

  async start(): Promise<void> {
    const { processDescriptors } = await import("./descriptors.js");
    const { listen } = this.#target;
    await (typeof listen === "function" ? listen(this.#server) : this.#listen(listen));
    const bound = this.#server.address();
    if (typeof bound === "object" && bound !== null) this.address = this.#target.address(bound);
    this.#server.on("error", (error) => this.#refusals.report(listenFailed(this.#target.name, error)));
    this.#descriptors = processDescriptors;
    const connections = this.#connections;
    this.#stopWatching = processDescriptors.join({
      get size() {
        return connections.size;
      },
      release: (why) => this.#replace(undefined, why),
      exhausted: (turnedAway) => this.#refusals.report(turnedAway(this.#name)),
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching?.();
    systemClock.clearTimeout(this.#silenceTimer);
    // The callback of `close` would wait for open connections; the address is free as soon as the handle is closed.
    this.#server.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #listen(where: NetListenOptions): Promise<void> {
    const { backlog = defaultBacklog } = this.#options;
    return new Promise((resolve, reject) => {
      const onError = (cause: Error): void => reject(listenFailed(this.#target.name, cause));
      this.#server.once("error", onError);
      const listening = (): void => {
        this.#server.off("error", onError);
        resolve();
      };
      try {
        this.#server.listen({ ...where, backlog }, listening);
      } catch (cause) {
        onError(cause as Error);
      }
    });
  }

  #accept(socket: Socket): void {
    const remote = socket.remoteAddress ?? "";
    const address = addressGroup(remote);
    const refusal = this.#refusal(remote, address);
    if (refusal !== undefined) {
      socket.on("error", () => {});
      socket.destroy();
      this.#refusals.report(new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", refusal));
      return;
    }
    const connection = this.#connect(socket, address);
    connection.limitIdleTime(this.#options.idleTimeout ?? defaultIdleTimeout);
    this.#watchSilence(address);
    try {
      this.#onConnection(connection);
    } catch (cause) {
      connection.destroy(receiverThrew(cause));
    }
  }

  #connect(socket: Socket, address: string): StreamConnection {
    const unfinished = this.#unfinished.join(address);
    const { limits, framing } = this.#options;
    const input = new Input({ ...limits, unfinished, peer: "client", framing }, this.#chunk);
    const wanted = this.#options.reuseReadBuffer ?? true;
    const reader = (wanted ? withReadBuffer(socket, input) : undefined) ?? withDataEvents(socket, input);
    const info = this.#target.info(reader);
    const cutOff = (error: TransportError): void => this.#refusals.disconnected(info.remote, error);
    const connection = new StreamConnection(reader, input, { role: "server", info, cutOff }, this.#options);
    const place = this.#connections.add(connection, address, systemClock.now());
    reader.once("close", () => {
      this.#connections.remove(place);
      unfinished.leave();
    });
    return connection;
  }

  /** Makes room for a connection. @returns the reason if no room can be made. */
  #refusal(remote: string, address: string): string | undefined {
    const full = this.#fullness(remote, address);
    if (full !== undefined) return this.#replace(address, full) ? undefined : full;
    const scarce = this.#descriptors?.scarcity();
    if (scarce === undefined || this.#options.whenFull === "refuse") return scarce;
    this.#descriptors?.makeRoom(scarce);
    return undefined;
  }

  #fullness(remote: string, address: string): string | undefined {
    const { maxConnections: most = defaultMaxConnections } = this.#options;
    const { maxConnectionsPerAddress: mostOfOne = defaultMaxConnectionsPerAddress } = this.#options;
    switch (this.#connections.fullness(address)) {
      case "full":
        return `${this.#name} has ${most} connections already (maxConnections)`;
      case "address full":
        return `${this.#name} has ${mostOfOne} connections from ${remote} already (maxConnectionsPerAddress)`;
      default:
        return undefined;
    }
  }

  /**
   * Closes the connection that is needed least to make room for a new one: of `address` if that is full.
   * @returns false if that is disabled.
   */
  #replace(address: string | undefined, why: string): boolean {
    if (this.#options.whenFull === "refuse") return false;
    const place = this.#connections.leaver(address);
    if (place === undefined) return false;
    this.#disconnect(place, "TRANSPORT_TOO_MANY_CONNECTIONS", `closed for a newer one: ${why}`);
    return true;
  }

  #disconnect(place: Place<StreamConnection>, code: TransportErrorCode, why: string): void {
    const error = new TransportError(code, why);
    const { connection } = place;
    this.#connections.remove(place);
    this.#refusals.disconnected(connection.info.remote, error);
    connection.destroy(error);
  }

  #watchSilence(address: string): void {
    const { firstRecordTimeout: time = defaultFirstRecordTimeout } = this.#options;
    if (time === 0 || this.#silenceTimer !== undefined || !this.#connections.isCrowded(address)) return;
    this.#silenceTimer = systemClock.setInterval(() => this.#endSilent(time), Math.min(time, silenceInterval)).unref();
  }

  #endSilent(time: number): void {
    const silent = [...this.#connections.silentSince(systemClock.now() - time)];
    const why = `no record came within ${Math.ceil(time)} ms, and half of the connections that are allowed are open (firstRecordTimeout)`;
    for (const place of silent) this.#disconnect(place, "TRANSPORT_TIMEOUT", why);
    if (silent.length > 0 || this.#connections.size > 0) return;
    systemClock.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = undefined;
  }
}

interface AcceptedSocket {
  _handle: { useUserBuffer?: unknown } | null;
  _server?: unknown;
}

/**
 * Moves the accepted handle to a new socket that reads into `input`'s buffer: a server's own sockets cannot get
 * `onread` in Node 20. Returns undefined, with `socket` unchanged, if Node's internals differ.
 */
function withReadBuffer(socket: Socket, input: Input): Socket | undefined {
  const accepted = socket as unknown as AcceptedSocket;
  const handle = accepted._handle;
  if (typeof handle?.useUserBuffer !== "function") return undefined;
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: input.onread };
  const reader = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  const renewed = reader as unknown as AcceptedSocket;
  // The server counts its connections by this field; the old socket must release both without closing.
  renewed._server = accepted._server;
  accepted._server = null;
  accepted._handle = null;
  return reader;
}

function withDataEvents(socket: Socket, input: Input): Socket {
  socket.on("data", (chunk: Buffer) => input.data(chunk));
  // Adding the listener must not start the flow: `open` does.
  socket.pause();
  return socket;
}
