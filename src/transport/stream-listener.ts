// Accepting stream connections: caps, idle time, and a socket that reads into our buffer. For TCP and Unix sockets.
import { createServer, type ListenOptions as NetListenOptions, type Server, type ServerOpts, Socket } from "node:net";
import type { Address } from "./address.js";
import { formatAddress, netidOf } from "./address.js";
import { type Connection, type ConnectionInfo, type Listener, TransportError } from "./connection.js";
import { watchDescriptors } from "./descriptors.js";
import { receiverThrew } from "./guard.js";
import { Input, readBufferSize } from "./input.js";
import { defaultMaxUnfinished, type UnfinishedRecords } from "./record-marking.js";
import { Refusals } from "./refusals.js";
import { StreamConnection, type StreamOptions } from "./stream.js";

/** Options of every stream listener. */
export interface ListenOptions extends StreamOptions {
  /** The most connections open at a time. Default 4096. Of one more see `whenFull`. */
  readonly maxConnections?: number;
  /** The most connections open at a time from one remote IP address. Default 1024. */
  readonly maxConnectionsPerAddress?: number;
  /**
   * What becomes of a connection that is one too many. "refuse", the default: it is closed at once. "replace": the one
   * that was accepted first (from the same address, where that has too many) is closed for it, so that nobody can keep
   * others out by holding connections: for servers whose callers stay only for a question.
   */
  readonly whenFull?: "refuse" | "replace";
  /** The most bytes of unfinished records that all connections hold together. Default 256 MiB; who passes it is cut off. */
  readonly maxUnfinished?: number;
  /** A connection on which nothing moves for so long is destroyed, in milliseconds; 0: never. Default 30 minutes. */
  readonly idleTimeout?: number;
  /** The descriptor of a socket that listens already, from systemd for one: the address is then only its name. */
  readonly fd?: number;
  /** Connections that are allowed to wait to be accepted. Default 511, as Node has it. */
  readonly backlog?: number;
  /**
   * Told of connections that were refused, or cut off for what they sent or did not send, with address and reason; of
   * connections that are not accepted for want of file descriptors; and of a listener that failed. After 100 reports at
   * once there is one a second, which says how many were left out. Default, of a server: its own `onError`.
   */
  readonly onError?: (error: TransportError) => void;
  /** Read into one reused buffer, which touches a private field of Node's sockets. Default: where it works. */
  readonly reuseReadBuffer?: boolean;
}

export const defaultMaxConnections = 4096;
export const defaultMaxConnectionsPerAddress = 1024;
export const defaultIdleTimeout = 30 * 60 * 1000;

/** What differs between the transports. */
export interface ListenTarget {
  /** For messages: "tcp://host:port". */
  readonly name: string;
  readonly listen: NetListenOptions;
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
  readonly #perAddress = new Map<string, number>();
  /** One read buffer for all: a read and its handling are one step. Not on Windows, which reads ahead into it. */
  readonly #chunk = process.platform === "win32" ? undefined : Buffer.allocUnsafeSlow(readBufferSize);
  readonly #unfinished: UnfinishedRecords;
  readonly #refusals: Refusals;
  #stopWatching: (() => void) | undefined;
  /** The oldest first, with their remote addresses. Those that were closed for others are gone from here. */
  readonly #connections = new Map<StreamConnection, string>();
  #closed = false;

  constructor(target: ListenTarget, onConnection: (connection: Connection) => void, options: ListenOptions) {
    this.#target = target;
    this.#onConnection = onConnection;
    this.#options = options;
    this.#unfinished = { held: 0, most: options.maxUnfinished ?? defaultMaxUnfinished };
    this.#refusals = new Refusals(options.onError);
    this.address = target.address({ address: "", port: 0 });
    this.#server = createServer({ ...target.server, allowHalfOpen: true, pauseOnConnect: true });
    this.#server.on("connection", (socket) => this.#accept(socket));
  }

  get netid(): string {
    return netidOf(this.address);
  }

  async start(): Promise<void> {
    await this.#listen(this.#target.listen);
    const bound = this.#server.address();
    if (typeof bound === "object" && bound !== null) this.address = this.#target.address(bound);
    this.#server.on("error", (error) => this.#refusals.report(listenFailed(this.#target.name, error)));
    this.#stopWatching = watchDescriptors((cause) => this.#refusals.report(this.#outOfDescriptors(cause)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching?.();
    // Its callback would wait for open connections; the address is free as soon as the handle is closed.
    this.#server.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #listen(where: NetListenOptions): Promise<void> {
    const { backlog } = this.#options;
    return new Promise((resolve, reject) => {
      const onError = (cause: Error): void => reject(listenFailed(this.#target.name, cause));
      this.#server.once("error", onError);
      const listening = (): void => {
        this.#server.off("error", onError);
        resolve();
      };
      try {
        this.#server.listen(backlog === undefined ? where : { ...where, backlog }, listening);
      } catch (cause) {
        onError(cause as Error);
      }
    });
  }

  #accept(socket: Socket): void {
    const remote = socket.remoteAddress ?? "";
    const refusal = this.#refusal(remote);
    if (refusal !== undefined && !this.#replace(remote, refusal)) {
      socket.on("error", () => {});
      socket.destroy();
      this.#refusals.report(new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", refusal));
      return;
    }
    const limits = { ...this.#options.limits, unfinished: this.#unfinished, peer: "client" as const };
    const input = new Input(limits, this.#chunk);
    const wanted = this.#options.reuseReadBuffer ?? true;
    const reader = (wanted ? withReadBuffer(socket, input) : undefined) ?? withDataEvents(socket, input);
    const info = this.#target.info(reader);
    const cutOff = (error: TransportError): void => this.#refusals.disconnected(info.remote, error);
    const place = { role: "server" as const, info, cutOff };
    const connection = new StreamConnection(reader, input, place, this.#options);
    this.#connections.set(connection, remote);
    this.#count(remote, 1);
    reader.once("close", () => this.#leave(connection));
    connection.limitIdleTime(this.#options.idleTimeout ?? defaultIdleTimeout);
    try {
      this.#onConnection(connection);
    } catch (cause) {
      connection.destroy(receiverThrew(cause));
    }
  }

  #refusal(remote: string): string | undefined {
    const most = this.#options.maxConnections ?? defaultMaxConnections;
    if (this.#connections.size >= most) return `${this.#target.name} has ${most} connections already (maxConnections)`;
    if (remote === "") return undefined;
    const mostPerAddress = this.#options.maxConnectionsPerAddress ?? defaultMaxConnectionsPerAddress;
    if ((this.#perAddress.get(remote) ?? 0) < mostPerAddress) return undefined;
    return `${this.#target.name} has ${mostPerAddress} connections from ${remote} already (maxConnectionsPerAddress)`;
  }

  /** Closes the oldest connection that stands in the way of a new one. @returns false where that is not wanted. */
  #replace(remote: string, why: string): boolean {
    if (this.#options.whenFull !== "replace") return false;
    const isFull = this.#connections.size >= (this.#options.maxConnections ?? defaultMaxConnections);
    for (const [connection, from] of this.#connections) {
      if (!isFull && from !== remote) continue;
      this.#leave(connection);
      const error = new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", `closed for a newer one: ${why}`);
      this.#refusals.disconnected(connection.info.remote, error);
      connection.destroy(error);
      return true;
    }
    return false;
  }

  #leave(connection: StreamConnection): void {
    const remote = this.#connections.get(connection);
    if (remote !== undefined && this.#connections.delete(connection)) this.#count(remote, -1);
  }

  #count(remote: string, change: 1 | -1): void {
    const count = (this.#perAddress.get(remote) ?? 0) + change;
    if (count > 0) this.#perAddress.set(remote, count);
    else this.#perAddress.delete(remote);
  }

  #outOfDescriptors(cause: NodeJS.ErrnoException): TransportError {
    const { code } = cause;
    const advice = code === "EMFILE" ? "raise the limit (ulimit -n) or lower maxConnections" : "the whole system is";
    const message = `new connections to ${formatAddress(this.address)} are turned away: out of file descriptors (${code}): ${advice}`;
    return new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", message, { cause });
  }
}

interface AcceptedSocket {
  _handle: { useUserBuffer?: unknown } | null;
  _server?: unknown;
}

/**
 * The accepted handle in a new socket that reads into `input`'s buffer: a server's own sockets cannot be given `onread`
 * in Node 20. Undefined where Node's inside looks otherwise, with `socket` untouched.
 */
function withReadBuffer(socket: Socket, input: Input): Socket | undefined {
  const accepted = socket as unknown as AcceptedSocket;
  const handle = accepted._handle;
  if (typeof handle?.useUserBuffer !== "function") return undefined;
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: input.onread };
  const reader = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  const renewed = reader as unknown as AcceptedSocket;
  // The server counts its connections by this field; the old socket must let go of both without closing.
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

function listenFailed(name: string, cause: Error): TransportError {
  const { code } = cause as NodeJS.ErrnoException;
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: "the address is in use: stop the other program, or use port 0 for any free port",
    EACCES: "permission denied: ports below 1024 need root or CAP_NET_BIND_SERVICE",
    EADDRNOTAVAIL: "this machine does not have that address",
    EMFILE: "out of file descriptors: raise the limit (ulimit -n) or lower maxConnections",
    ENFILE: "the system is out of file descriptors",
    ENOTFOUND: "the host name is not known",
  };
  const why = advice[code ?? ""];
  const message = `cannot listen on ${name}: ${why === undefined ? "" : `${why} `}(${cause.message})`;
  return new TransportError("TRANSPORT_LISTEN_FAILED", message, { cause });
}
