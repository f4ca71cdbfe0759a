// A connection over a socket of the system's own, through koffi.
import { systemClock } from "../base/clock.js";
import { BlockingSocket, type Moved, type SocketCalls, type SocketPlace } from "../machine/blocking-socket.js";
import { type Address, formatAddress } from "../transport/address.js";
import { connectFailed } from "../transport/connect-failures.js";
import { tooSlow } from "../transport/connect-time.js";
import { longestDatagram } from "../transport/datagram.js";
import { TransportError } from "../transport/errors.js";
import { defaultMaxMessage } from "../transport/output.js";
import { defaultRecordLimits, RecordParser } from "../transport/record-marking.js";
import {
  answersNotRead,
  failureOf,
  headroom,
  mark,
  notRead,
  type OnMessage,
  type Wire,
  type WireOptions,
} from "./wire.js";

const bufferSize = 65_536;

/** Connects to an address whose host is an IP address. @throws TransportError */
export function openSocket(calls: SocketCalls, address: Address, time: number, options: WireOptions): Wire {
  const socket = connect(calls, address, time);
  return address.kind === "udp" ? new DatagramWire(socket, address, options) : new StreamWire(socket, address, options);
}

function connect(calls: SocketCalls, address: Address, time: number): BlockingSocket {
  const name = formatAddress(address);
  let socket: BlockingSocket | undefined;
  try {
    socket = new BlockingSocket(calls, address as SocketPlace);
    if (socket.connect(time)) return socket;
  } catch (error) {
    socket?.close();
    throw connectFailed(name, error as Error);
  }
  socket.close();
  throw tooSlow(name, time);
}

/** The common part of both kinds: the socket, and errors of the system as TransportErrors. */
abstract class SocketWire {
  readonly info: Wire["info"];
  unanswered = 0;
  protected readonly socket: BlockingSocket;
  protected readonly buffer = Buffer.allocUnsafeSlow(bufferSize);

  constructor(socket: BlockingSocket, info: Wire["info"]) {
    this.socket = socket;
    this.info = info;
  }

  hasEnded(): boolean {
    return this.socket.hasEnded();
  }

  close(): void {
    this.socket.close();
  }

  protected move(what: () => Moved): Moved {
    try {
      return what();
    } catch (cause) {
      throw this.failure(cause as NodeJS.ErrnoException);
    }
  }

  protected failure(cause: NodeJS.ErrnoException): TransportError {
    return failureOf(this.info.remote, cause);
  }
}

class StreamWire extends SocketWire implements Wire {
  readonly #parser: RecordParser;
  #onMessage: OnMessage = () => {};
  #fault: TransportError | undefined;
  /** Milliseconds that a record may take, and when the unfinished one began. */
  readonly #recordTime: number;
  #recordSince: number | undefined;

  constructor(socket: BlockingSocket, remote: Address, { maxMessage = defaultMaxMessage, limits }: WireOptions) {
    super(socket, { remote, reliable: true, maxMessage });
    const sink = {
      record: (bytes: Uint8Array, start: number, end: number, owned: boolean) => {
        this.#recordSince = undefined;
        this.#onMessage(bytes, start, end, owned);
      },
      failed: (error: TransportError) => {
        this.#fault = error;
        this.#parser.stopped = true;
      },
    };
    const all = { ...defaultRecordLimits, ...limits };
    this.#parser = new RecordParser(sink, all);
    this.#recordTime = all.time;
  }

  send(message: Uint8Array, time: number): void {
    mark(message);
    const until = systemClock.now() + time;
    let sent = 0;
    while (sent < message.length) {
      const rest = sent === 0 ? message : message.subarray(sent);
      const count = this.move(() => this.socket.send(rest, sent === 0 ? time : until - systemClock.now()));
      if (count !== "late") sent += count;
      if (sent < message.length && systemClock.now() >= until) throw notRead(time);
    }
  }

  answer(message: Uint8Array): void {
    mark(message);
    // A part of a message is as bad as none: the rest of the stream would be misread.
    if (this.move(() => this.socket.sendNow(message)) === message.length) return;
    throw answersNotRead();
  }

  receive(time: number, onMessage: OnMessage): boolean {
    const space = this.#parser.space();
    const into = space ?? this.buffer;
    const count = this.move(() => this.socket.receive(into, time));
    if (count === "late") return false;
    if (count === 0) throw this.#ended();
    this.#onMessage = onMessage;
    if (space === undefined) this.#parser.push(this.buffer, 0, count);
    else this.#parser.filled(count);
    if (this.#fault !== undefined) throw this.#fault;
    this.#checkTime();
    return true;
  }

  /** As in transport/input.ts: a record that never ends must not keep the connection, and its buffer, for ever. */
  #checkTime(): void {
    if (!this.#parser.midRecord) {
      this.#recordSince = undefined;
      return;
    }
    const now = systemClock.now();
    this.#recordSince ??= now;
    if (now - this.#recordSince < this.#recordTime) return;
    const time = Math.ceil(this.#recordTime);
    const message = `a record was not whole ${time} ms after its first byte (limits.time)`;
    throw new TransportError("TRANSPORT_TIMEOUT", message);
  }

  #ended(): TransportError {
    return this.#parser.midRecord
      ? new TransportError("TRANSPORT_RESET", "the peer closed the connection within a record")
      : new TransportError("TRANSPORT_CLOSED", "the peer closed the connection");
  }
}

class DatagramWire extends SocketWire implements Wire {
  constructor(socket: BlockingSocket, remote: Address, { maxMessage = longestDatagram }: WireOptions) {
    super(socket, { remote, reliable: false, maxMessage });
  }

  send(message: Uint8Array): void {
    const count = this.move(() => this.socket.send(message.subarray(headroom)));
    if (count === "late") throw new TransportError("TRANSPORT_TIMEOUT", "the system has not sent the datagram");
  }

  answer(message: Uint8Array): void {
    this.move(() => this.socket.sendNow(message.subarray(headroom)));
  }

  receive(time: number, onMessage: OnMessage): boolean {
    const count = this.move(() => this.socket.receive(this.buffer, time));
    if (count === "late") return false;
    onMessage(this.buffer, 0, count, false);
    return true;
  }

  /** A datagram that was refused is reported by the next call. */
  override hasEnded(): boolean {
    return false;
  }
}
