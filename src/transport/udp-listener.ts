// UDP, the server's end: one socket, and one light connection for each source address in a bounded table.
import type { Socket } from "node:dgram";
import { type Address, formatAddress, netidOf, socketAddress } from "./address.js";
import {
  type Connection,
  type ConnectionInfo,
  type Listener,
  type MessageWriter,
  type Receiver,
  TransportError,
} from "./connection.js";
import { DatagramOutput, longestDatagram } from "./datagram.js";
import { receiverThrew } from "./guard.js";
import { keepMemberships } from "./memberships.js";
import { defaultCloseTimeout } from "./stream.js";
import { datagramSocket, type UdpOptions } from "./udp.js";

/** Options of a UDP listener. */
export interface UdpListenOptions extends UdpOptions {
  /** IP address of the interface: "127.0.0.1", "::1", "0.0.0.0", "::". */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The most source addresses remembered; the one silent for longest is closed for a new one. Default 4096. */
  readonly maxPeers?: number;
  /** How long `close` waits for the open connections to be closed, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** Leave IPv4 to another listener where `host` is "::". Default false. */
  readonly ipv6Only?: boolean;
  /** Multicast groups to join, on every interface that can, now or later: "ff02::202" where `host` is "::". Default none. */
  readonly groups?: readonly string[];
  /** The descriptor of a socket that is bound already, from systemd for one: the address is then only its name. */
  readonly fd?: number;
  /** Told of errors of the socket. */
  readonly onError?: (error: TransportError) => void;
}

export const defaultMaxPeers = 4096;

/** @throws TransportError TRANSPORT_LISTEN_FAILED. */
export async function listenUdp(
  onConnection: (connection: Connection) => void,
  options: UdpListenOptions,
): Promise<Listener> {
  const { host, port, fd } = options;
  const socket = datagramSocket(host, options.ipv6Only);
  try {
    await new Promise<void>((resolve, reject) => {
      if (!(port >= 0 && port <= 65_535)) throw new RangeError(`port ${port} is not 0 to 65535`);
      socket.once("error", reject);
      const bound = (): void => {
        socket.off("error", reject);
        resolve();
      };
      if (fd === undefined) socket.bind(port, host, bound);
      else socket.bind({ fd, exclusive: true }, bound);
    });
  } catch (cause) {
    socket.close();
    const message = `cannot listen on ${formatAddress({ kind: "udp", host, port })}: ${(cause as Error).message}`;
    throw new TransportError("TRANSPORT_LISTEN_FAILED", `${message}; is another program there?`, { cause });
  }
  keepMemberships(socket, options.groups ?? []);
  return new UdpListener(socket, onConnection, options);
}

class UdpListener implements Listener {
  readonly address: Address;
  readonly netid: string;
  readonly #socket: Socket;
  readonly #output: DatagramOutput;
  readonly #onConnection: (connection: Connection) => void;
  readonly #maxMessage: number;
  readonly #maxPeers: number;
  readonly #closeTimeout: number;
  /** Oldest first. */
  readonly #peers = new Map<string, UdpPeer>();
  /** Peers that were told to hold back. They share one queue: whoever sees it empty tells them all. */
  readonly #heldBack = new Set<UdpPeer>();
  #latest: UdpPeer | undefined;
  #whenClosed: Promise<void> | undefined;

  constructor(socket: Socket, onConnection: (connection: Connection) => void, options: UdpListenOptions) {
    const { address, port } = socket.address();
    this.address = { kind: "udp", host: address, port };
    this.netid = netidOf(this.address);
    this.#socket = socket;
    this.#output = new DatagramOutput(socket);
    this.#onConnection = onConnection;
    this.#maxMessage = Math.min(longestDatagram, options.maxMessage ?? longestDatagram);
    this.#maxPeers = Math.max(1, options.maxPeers ?? defaultMaxPeers);
    this.#closeTimeout = options.closeTimeout ?? defaultCloseTimeout;
    socket.on("message", (bytes, from) => this.#arrived(bytes, from.address, from.port));
    socket.on("error", (cause) => reportTo(options.onError, cause));
  }

  /**
   * Takes no new peers. The open ones share the socket, so it closes with the last of them, or, with them, after
   * `closeTimeout`.
   */
  close(): Promise<void> {
    this.#whenClosed ??= this.#drain();
    return this.#whenClosed;
  }

  async #drain(): Promise<void> {
    const until = performance.now() + this.#closeTimeout;
    while ((this.#peers.size > 0 || this.#output.queued > 0) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const peer of [...this.#peers.values()]) peer.finish(undefined);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #arrived(bytes: Buffer, host: string, port: number): void {
    const key = `${host} ${port}`;
    const known = this.#peers.get(key);
    if (known === undefined && this.#whenClosed !== undefined) return;
    const peer = known ?? this.#admit(key, host, port);
    if (known !== undefined && known !== this.#latest) {
      this.#peers.delete(key);
      this.#peers.set(key, known);
    }
    this.#latest = peer;
    peer.deliver(bytes);
  }

  #admit(key: string, host: string, port: number): UdpPeer {
    if (this.#peers.size >= this.#maxPeers) {
      const [oldest] = this.#peers.values();
      oldest?.finish(undefined);
    }
    const forget = (): void => {
      this.#peers.delete(key);
    };
    const local = this.address;
    const remote = socketAddress("udp", host, port);
    const info = { netid: netidOf(remote), local, remote, reliable: false, maxMessage: this.#maxMessage };
    const transmit = (data: Buffer, length: number): void =>
      this.#socket.send(data, 0, length, port, host, this.#onSent);
    const peer = new UdpPeer(info, { output: this.#output, heldBack: this.#heldBack, transmit, forget });
    this.#peers.set(key, peer);
    try {
      this.#onConnection(peer);
    } catch (cause) {
      peer.destroy(receiverThrew(cause));
    }
    return peer;
  }

  /** A datagram has left, or could not: then it is lost, as datagrams may be. */
  readonly #onSent = (): void => {
    if (this.#heldBack.size === 0 || this.#output.queued > 0) return;
    const peers = [...this.#heldBack];
    this.#heldBack.clear();
    for (const peer of peers) peer.drained();
  };
}

interface PeerSide {
  readonly output: DatagramOutput;
  /** Where a peer enters itself when `send` has returned false. */
  readonly heldBack: Set<UdpPeer>;
  readonly transmit: (bytes: Buffer, length: number) => void;
  /** Takes the peer out of the table. */
  readonly forget: () => void;
}

class UdpPeer implements Connection {
  readonly info: ConnectionInfo;
  readonly #side: PeerSide;
  #receiver: Receiver | undefined;
  /** The datagram that made this connection, when it is opened later than at once. */
  #first: Buffer | undefined;
  #paused = false;
  #closed = false;
  #error: TransportError | undefined;

  constructor(info: ConnectionInfo, side: PeerSide) {
    this.info = info;
    this.#side = side;
  }

  open(receiver: Receiver): void {
    if (this.#receiver !== undefined) throw new TypeError("open was called twice on this connection");
    this.#receiver = receiver;
    const first = this.#first;
    this.#first = undefined;
    if (this.#closed) setImmediate(() => this.#tellClosed());
    else if (first !== undefined) setImmediate(() => this.deliver(first));
  }

  deliver(bytes: Buffer): void {
    if (this.#closed || this.#paused) return;
    const receiver = this.#receiver;
    if (receiver === undefined) {
      this.#first ??= bytes;
      return;
    }
    try {
      receiver.message(bytes, 0, bytes.length, true);
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.#closed) throw new TransportError("TRANSPORT_CLOSED", "nothing can be sent: the connection is closed");
    const ready = this.#side.output.send(write, value, this.info.maxMessage, this.#side.transmit);
    if (!ready) this.#side.heldBack.add(this);
    return ready;
  }

  drained(): void {
    if (this.#closed) return;
    try {
      this.#receiver?.drained();
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  async close(): Promise<void> {
    this.finish(undefined);
    await new Promise((resolve) => setImmediate(resolve));
  }

  destroy(error?: TransportError): void {
    this.finish(error);
  }

  finish(error: TransportError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#side.heldBack.delete(this);
    this.#side.forget();
    setImmediate(() => this.#tellClosed());
  }

  #tellClosed(): void {
    try {
      this.#receiver?.closed(this.#error);
    } catch {
      // The connection is gone already: there is nothing left to destroy.
    }
  }
}

function reportTo(onError: ((error: TransportError) => void) | undefined, cause: Error): void {
  try {
    onError?.(new TransportError("TRANSPORT_RESET", `the UDP socket failed: ${cause.message}`, { cause }));
  } catch {
    // Reporting must not take the listener down.
  }
}
