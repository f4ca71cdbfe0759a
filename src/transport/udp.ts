// UDP, the client's end: a connected socket, so that a refused port is reported and no name is looked up for each
// message. A server may reply from another of its addresses: a second socket receives such replies. Where there can be none,
// the socket is disconnected for them after a message that had no reply in time.

import type { RemoteInfo, Socket } from "node:dgram";
import { isIP } from "node:net";
import { pause } from "../base/wait.js";
import { type Address, formatAddress, netidOf, socketAddress } from "./address-forms.js";
import type { ConnectOptions } from "./connect.js";
import { connectFailed } from "./connect-failures.js";
import { defaultConnectTimeout } from "./connect-time.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "./connection.js";
import { DatagramOutput, longestDatagram, type UdpOptions } from "./datagram.js";
import { datagramSocket, type SocketSharing } from "./datagram-socket.js";
import { receiverThrew, TransportError } from "./errors.js";
import { hostAddresses } from "./host-addresses.js";
import { ElsewhereSocket } from "./udp-elsewhere.js";
import { portSharing } from "./udp-socket.js";

/** Options of an outgoing UDP connection. */
export interface UdpConnectOptions extends UdpOptions {
  readonly host: string;
  readonly port: number;
  /** How long the look-up of the host may take, in milliseconds. Default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** See `TcpConnectOptions.reservedPort`. */
  readonly reservedPort?: boolean | "try";
  /**
   * Whether to accept a datagram from an address and port other than those that were called: a server with several
   * addresses may reply from any. On systems other than Linux, and in workers of `node:cluster`, such datagrams are
   * accepted only from a message that had no reply in time (`unanswered`) until one arrives from the address that was
   * called. Default: they are ignored.
   */
  readonly takeFromElsewhere?: ((message: Uint8Array) => boolean) | undefined;
  /** @internal See `ConnectOptions`. */
  readonly onSocket?: ConnectOptions["onSocket"];
}

/** @throws TransportError TRANSPORT_CONNECT_FAILED if the host is unknown or unreachable. */
export async function connectUdp(options: UdpConnectOptions): Promise<Connection> {
  const { host, port, signal } = options;
  const name = formatAddress({ kind: "udp", host, port });
  const [address = host] = await lookUp(name, options);
  if (signal?.aborted) throw connectFailed(name, new Error("aborted", { cause: signal.reason }));
  const sharing = options.takeFromElsewhere && portSharing(false);
  const open = (localPort: number): Promise<Socket> => connectedSocket(name, { address, port, localPort, sharing });
  const socket = await withPort(open, { address, sharing }, options);
  options.onSocket?.(socket);
  return new UdpConnection(socket, options, sharing);
}

/** The most attempts to bind a port that another process may take meanwhile. */
const portAttempts = 8;

/**
 * Only an explicitly bound port can be shared, and survives `disconnect`: otherwise late replies would go to a released
 * port.
 */
async function withPort(
  open: (localPort: number) => Promise<Socket>,
  { address, sharing }: { readonly address: string; readonly sharing: SocketSharing | undefined },
  { reservedPort, takeFromElsewhere }: UdpConnectOptions,
): Promise<Socket> {
  const openFree = async (wanted: number): Promise<Socket> => open(await freePort(address, wanted));
  if (reservedPort) {
    const { connectFromReserved } = await import("./rare-parts.js");
    return connectFromReserved(sharing === undefined ? open : openFree, reservedPort);
  }
  if (takeFromElsewhere === undefined) return open(0);
  for (let attempt = 1; ; attempt++) {
    try {
      return await openFree(0);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" || attempt === portAttempts) throw error;
    }
  }
}

/** A port that no socket uses, including sockets that share their port. @param wanted 0: any port. */
async function freePort(address: string, wanted: number): Promise<number> {
  const socket = datagramSocket(address);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(wanted, resolve);
    });
    return socket.address().port;
  } catch (cause) {
    throw connectFailed(address, cause as Error);
  } finally {
    socket.close();
  }
}

/** A UDP service seldom listens on both families, and usually on IPv4. */
function lookUp(name: string, { host, signal, timeout: time = defaultConnectTimeout }: UdpConnectOptions) {
  return hostAddresses(host, { time, signal, ipv4First: true }).catch((cause) => {
    throw connectFailed(name, cause as Error);
  });
}

async function connectedSocket(
  name: string,
  to: {
    readonly address: string;
    readonly port: number;
    readonly localPort: number;
    readonly sharing?: SocketSharing | undefined;
  },
): Promise<Socket> {
  const socket = datagramSocket(to.address, false, to.sharing);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      const connected = (error?: Error | null): void => (error ? reject(error) : resolve());
      const connect = (): void => socket.connect(to.port, to.address, connected as () => void);
      if (to.localPort === 0) connect();
      else socket.bind({ port: to.localPort, exclusive: to.sharing !== undefined }, connect);
    });
    socket.removeAllListeners("error");
    return socket;
  } catch (cause) {
    socket.close();
    throw connectFailed(name, cause as Error);
  }
}

class UdpConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly #remote: { readonly address: string; readonly port: number };
  readonly #takeFromElsewhere: ((message: Uint8Array) => boolean) | undefined;
  #connected = true;
  /** The socket was disconnected, so datagrams of others may wait in the system's buffer. */
  #listenedWidely = false;
  readonly #socket: Socket;
  readonly #elsewhere: ElsewhereSocket | undefined;
  readonly #output: DatagramOutput;
  arrivals = 0;
  readonly #transmit: (bytes: Buffer, length: number) => void;
  #receiver: Receiver | undefined;
  #paused = false;
  #closed = false;
  #refused = false;
  #error: TransportError | undefined;

  constructor(socket: Socket, options: UdpConnectOptions, sharing: SocketSharing | undefined) {
    const local = socketAddress("udp", socket.address().address, socket.address().port);
    this.#remote = socket.remoteAddress();
    this.#takeFromElsewhere = options.takeFromElsewhere;
    const remote = socketAddress("udp", this.#remote.address, this.#remote.port);
    const maxMessage = Math.min(longestDatagram, options.maxMessage ?? longestDatagram);
    this.info = { netid: netidOf(remote), local, remote, reliable: false, maxMessage };
    this.#socket = socket;
    this.#output = new DatagramOutput(socket);
    const onSent = (error: Error | null): void => this.#sent(error);
    this.#transmit = (bytes, length) => {
      if (this.#connected) socket.send(bytes, 0, length, onSent);
      else socket.send(bytes, 0, length, this.#remote.port, this.#remote.address, onSent);
    };
    socket.on("message", (bytes, from) => this.#arrived(bytes, from));
    socket.on("error", (error) => this.#failed(error));
    if (sharing !== undefined) this.#elsewhere = this.#openElsewhere(sharing);
  }

  #openElsewhere(sharing: SocketSharing): ElsewhereSocket {
    const family = isIP(this.#remote.address) === 6 ? 6 : 4;
    return new ElsewhereSocket(family, this.#socket.address().port, sharing, (bytes) => {
      if (!this.#closed && this.#takeFromElsewhere?.(bytes)) this.#deliver(bytes);
    });
  }

  holdProcess(hold: boolean): void {
    if (this.#closed) return;
    this.#elsewhere?.holdProcess(hold);
    if (hold) this.#socket.ref();
    else this.#socket.unref();
  }

  open(receiver: Receiver): void {
    if (this.#receiver !== undefined) throw new TypeError("open was called twice on this connection");
    this.#receiver = receiver;
    if (this.#closed) setImmediate(() => this.#tellClosed());
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.#closed) throw new TransportError("TRANSPORT_CLOSED", "nothing can be sent: the connection is closed");
    const ready = this.#output.send(write, value, this.info.maxMessage, this.#transmit);
    if (!ready) this.#refused = true;
    return ready;
  }

  unanswered(): void {
    if (this.#takeFromElsewhere === undefined || !this.#connected || this.#closed) return;
    if (this.#elsewhere?.isOpen) return;
    this.#connected = false;
    this.#listenedWidely = true;
    this.#socket.disconnect();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  async close(): Promise<void> {
    while (!this.#closed && this.#output.queued > 0) await pause(1);
    this.destroy();
    await new Promise((resolve) => setImmediate(resolve));
  }

  destroy(error?: TransportError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#socket.close();
    this.#elsewhere?.close();
    setImmediate(() => this.#tellClosed());
  }

  #arrived(bytes: Buffer, from: RemoteInfo): void {
    if (this.#listenedWidely && !this.#isForUs(bytes, from)) return;
    this.#deliver(bytes);
  }

  #deliver(bytes: Buffer): void {
    this.arrivals++;
    if (this.#paused || this.#closed) return;
    try {
      this.#receiver?.message(bytes, 0, bytes.length, true);
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  /** An attacker who does not see our datagrams has to guess our port, and the xid of a call that waits. */
  #isForUs(bytes: Buffer, from: RemoteInfo): boolean {
    const { address, port } = this.#remote;
    if (this.#closed) return false;
    if (from.address !== address || from.port !== port)
      return !this.#connected && this.#takeFromElsewhere?.(bytes) === true;
    if (!this.#connected) this.#socket.connect(port, address);
    this.#connected = true;
    return true;
  }

  #sent(error: Error | null): void {
    if (error !== null) this.#failed(error);
    if (!this.#refused || this.#closed || this.#output.queued > 0) return;
    this.#refused = false;
    try {
      this.#receiver?.drained();
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  // Only a refused port is certain. Any other failure counts as a lost datagram: the network may recover.
  #failed(cause: Error): void {
    if ((cause as NodeJS.ErrnoException).code !== "ECONNREFUSED") return;
    const { host, port } = this.info.remote as Extract<Address, { kind: "udp" }>;
    const [where, overTcp] = (["udp", "tcp"] as const).map((kind) => formatAddress({ kind, host, port }));
    // Small binders return the port of TCP for UDP, too.
    const message = `${where} refused the datagram: nothing listens there over UDP. If the program is served over TCP, use ${overTcp}`;
    this.destroy(new TransportError("TRANSPORT_REFUSED", message, { cause }));
  }

  #tellClosed(): void {
    try {
      this.#receiver?.closed(this.#error);
    } catch {
      // The connection is closed already.
    }
  }
}
