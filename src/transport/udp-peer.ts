// UDP, the server's end: the sockets of one listener, and a light connection for each source address.
import type { Socket } from "node:dgram";
import { type Address, netidOf, socketAddress } from "./address-forms.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "./connection.js";
import { DatagramOutput } from "./datagram.js";
import { receiverThrew, TransportError } from "./errors.js";

/** One bound socket of a listener: replies to its peers leave from the address that it is bound to. */
export class UdpEnd {
  readonly socket: Socket;
  readonly output: DatagramOutput;
  readonly local: Address;
  /** Prefix of its peers' keys, so that one source that calls two addresses is two peers. */
  readonly prefix: string;
  /** Peers whose `send` returned false. They share one queue, and all continue when it is empty. */
  readonly heldBack = new Set<UdpPeer>();

  constructor(socket: Socket, local: Address, prefix: string) {
    this.socket = socket;
    this.output = new DatagramOutput(socket);
    this.local = local;
    this.prefix = prefix;
  }

  /** A datagram was sent, or could not be sent: then it counts as lost. */
  readonly onSent = (): void => {
    if (this.heldBack.size === 0 || this.output.queued > 0) return;
    const peers = [...this.heldBack];
    this.heldBack.clear();
    for (const peer of peers) peer.drained();
  };
}

/** A peer's address, and its place in the listener's table. */
export interface PeerPlace {
  readonly host: string;
  readonly port: number;
  /** See `addressGroup`. */
  readonly group: string;
  readonly maxMessage: number;
  /** Removes it from the table. */
  readonly forget: (peer: UdpPeer) => void;
  /** `isInUse` has changed. */
  readonly used: (peer: UdpPeer) => void;
}

/** The connection with one source address at one of the listener's sockets. */
export class UdpPeer implements Connection {
  readonly info: ConnectionInfo;
  readonly end: UdpEnd;
  /** The called address may differ from the one that its end is bound to. */
  isUnsure = false;
  isInUse = false;
  readonly #place: PeerPlace;
  readonly #transmit: (bytes: Buffer, length: number) => void;
  #receiver: Receiver | undefined;
  /** The datagram that created this connection, if it is opened later. */
  #first: Buffer | undefined;
  #paused = false;
  #closed = false;
  #error: TransportError | undefined;

  constructor(end: UdpEnd, place: PeerPlace) {
    const { host, port, maxMessage } = place;
    const remote = socketAddress("udp", host, port);
    this.info = { netid: netidOf(remote), local: end.local, remote, reliable: false, maxMessage };
    this.end = end;
    this.#place = place;
    this.#transmit = (data, length) => end.socket.send(data, 0, length, port, host, end.onSent);
  }

  get group(): string {
    return this.#place.group;
  }

  inUse(inUse: boolean): void {
    this.isInUse = inUse;
    if (!this.#closed) this.#place.used(this);
  }

  /** Removes it from the listener's table. Its replies are sent all the same. */
  forget(): void {
    this.#place.forget(this);
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
    const ready = this.end.output.send(write, value, this.info.maxMessage, this.#transmit);
    if (!ready) this.end.heldBack.add(this);
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
    this.end.heldBack.delete(this);
    this.forget();
    setImmediate(() => this.#tellClosed());
  }

  #tellClosed(): void {
    try {
      this.#receiver?.closed(this.#error);
    } catch {
      // The connection is closed already.
    }
  }
}
