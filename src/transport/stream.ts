// A connection over a reliable byte stream (TCP, Unix socket), from open to closed. Knows no addresses.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { longestTimer, systemClock, type Timer } from "../base/clock.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver, StreamWrap, UpgradeOptions } from "./connection.js";
import { receiverThrew, TransportError, type TransportErrorCode } from "./errors.js";
import type { Input, InputOwner } from "./input.js";
import { Output, type OutputOptions } from "./output.js";
import type { RecordLimits } from "./record-marking.js";
import type { RawStream } from "./upgrade.js";

/** Options of every stream connection, at either end. */
export interface StreamOptions extends OutputOptions {
  /** Limits of one incoming record. Default `defaultRecordLimits`. */
  readonly limits?: Partial<RecordLimits>;
  /** How long `close` waits for a peer that does not read or does not close, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** How long replies may still be sent to a peer that has closed its side, in milliseconds. Default 1000. */
  readonly halfCloseTimeout?: number;
}

/** Milliseconds for which `close` waits until the peer has read the queued messages. */
export const defaultCloseTimeout = 5000;
/** Milliseconds that a closing connection waits for the peer to close its side. */
export const defaultHalfCloseTimeout = 1000;
/**
 * Milliseconds after our last byte in which the peer may close its side, so that a reset does not overtake that byte.
 */
const linger = 100;

/** Milliseconds of silence after which the system probes the other end, over TCP. */
export const keepAliveDelay = 60_000;

/** The two ends differ in one respect: a client whose server has closed its side has nothing to wait for. */
export type StreamRole = "client" | "server";

/** The listener or client that a stream connection belongs to. */
export interface StreamPlace {
  readonly role: StreamRole;
  readonly info: Omit<ConnectionInfo, "maxMessage" | "reliable">;
  /** Called when the connection is closed because of what the peer sent or did not send. Must not throw. */
  readonly cutOff?: ((error: TransportError) => void) | undefined;
}

/** One conversation over a connected stream socket that does not read yet. */
export class StreamConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly #socket: Socket;
  readonly #input: Input;
  readonly #output: Output;
  readonly #role: StreamRole;
  readonly #cutOff: StreamPlace["cutOff"];
  readonly #options: StreamOptions;
  #receiver: Receiver | undefined;
  #state: "open" | "closing" | "destroyed" | "closed" = "open";
  #paused = false;
  #peerEnded = false;
  #error: TransportError | undefined;
  #timer: Timer | undefined;
  readonly #whenClosed: Array<() => void> = [];
  /** The upgrade that is under way. Nothing is read or written meanwhile. */
  #upgrading: Promise<void> | undefined;
  /** The socket, or the layer that was put over it. */
  #stream: Duplex;
  #raw: RawStream | undefined;

  constructor(socket: Socket, input: Input, place: StreamPlace, options: StreamOptions) {
    this.#socket = socket;
    this.#stream = socket;
    this.#input = input;
    this.#role = place.role;
    this.#cutOff = place.cutOff;
    this.#options = options;
    this.#output = new Output(socket, () => this.#drained(), options);
    this.info = { ...place.info, reliable: true, maxMessage: this.#output.maxMessage };
    socket.on("error", (error) => this.#failed(error));
    socket.on("end", () => (this.#stream === socket ? this.#ended() : this.#raw?.push(null)));
    socket.on("close", () => this.#closed());
    socket.on("timeout", () => this.#idle());
  }

  get arrivals(): number {
    return this.#input.chunks;
  }

  holdProcess(hold: boolean): void {
    if (this.#state === "open") this.#socket[hold ? "ref" : "unref"]();
  }

  open(receiver: Receiver): void {
    if (this.#receiver !== undefined) throw new TypeError("open was called twice on this connection");
    this.#receiver = receiver;
    if (receiver.queued !== undefined) this.#output.onQueued = (change) => receiver.queued?.(change);
    const owner: InputOwner = {
      inputFailed: (error) => this.#inputFailed(error),
      readOn: () => this.#readOn(),
      output: this.#output,
    };
    this.#input.start(owner, receiver);
    if (this.#state === "closed") setImmediate(() => this.#tellClosed());
    else if (!this.#paused) this.#resumeInput();
  }

  release(): void {
    this.#receiver = undefined;
    this.#input.pause();
    this.#stream.pause();
  }

  send<T>(write: MessageWriter<T>, value: T, atOnce?: boolean): boolean {
    if (this.#state !== "open") {
      throw closedAlready("sent");
    }
    return this.#output.send(write, value, atOnce, this.#input.tookAll && this.#role === "server");
  }

  pause(): void {
    if (this.#state !== "open" || this.#paused) return;
    this.#paused = true;
    if (this.#upgrading !== undefined) return;
    this.#input.pause();
    this.#stream.pause();
  }

  resume(): void {
    if (this.#state !== "open" || !this.#paused) return;
    this.#paused = false;
    if (this.#upgrading === undefined) this.#resumeInput();
  }

  upgrade(wrap: StreamWrap, options: UpgradeOptions = {}): Promise<void> {
    if (this.#state !== "open") return Promise.reject(closedAlready("upgraded"));
    if (this.#upgrading !== undefined) return Promise.reject(new TypeError("an upgrade is under way already"));
    // At once: the rest of the chunk that is being read belongs to the layer.
    this.#input.pause();
    this.#stream.pause();
    this.#upgrading = this.#putLayer(wrap, this.#output.suspend(), options);
    return this.#upgrading;
  }

  async #putLayer(wrap: StreamWrap, written: Promise<void>, options: UpgradeOptions): Promise<void> {
    try {
      if (this.#stream !== this.#socket) throw new TypeError("the connection was upgraded already");
      const { putLayer } = await import("./rare-parts.js");
      this.#stream = await putLayer(wrap, {
        socket: this.#socket,
        input: this.#input,
        output: this.#output,
        written,
        begin: (raw) => {
          this.#raw = raw;
        },
        idle: (time) => this.#idle(time),
        ...options,
        checkOpen: () => {
          if (this.#state !== "open") throw closedAlready("upgraded");
        },
        failed: (error) => this.#failed(error),
        ended: () => this.#ended(),
      });
      this.#upgrading = undefined;
      if (!this.#paused) this.#resumeInput();
    } catch (error) {
      this.destroy(error instanceof TransportError ? error : undefined);
      throw error;
    } finally {
      this.#upgrading = undefined;
    }
  }

  #resumeInput(): void {
    this.#input.resume(() => this.#receiver !== undefined && this.#stream.resume());
  }

  close(): Promise<void> {
    if (this.#upgrading !== undefined)
      this.#upgrading.then(
        () => this.#closeOpen(),
        () => undefined,
      );
    else this.#closeOpen();
    if (this.#state === "closed") return Promise.resolve();
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  #closeOpen(): void {
    if (this.#state === "open") this.#beginClose();
  }

  destroy(error?: TransportError): void {
    if (this.#state === "closed" || this.#state === "destroyed") return;
    this.#state = "destroyed";
    this.#error ??= error;
    this.#stop();
    this.#stream.destroy();
    this.#socket.destroy();
  }

  /** The number of complete records from the peer. */
  get records(): number {
    return this.#input.records;
  }

  /** Higher than that of every connection that has received something less recently. */
  get activeAt(): number {
    return this.#input.activeAt;
  }

  /** More was received than was answered. */
  get isBusy(): boolean {
    return this.#input.records > this.#output.messages;
  }

  /** Destroys the connection if no data is transferred for `time` milliseconds. */
  limitIdleTime(time: number): void {
    this.#socket.setTimeout(Math.min(time, longestTimer));
  }

  #readOn(): void {
    const isWanted = this.#raw?.wanted ?? (!this.#paused && this.#upgrading === undefined);
    if (isWanted && !this.#socket.destroyed) (this.#raw === undefined ? this.#stream : this.#socket).resume();
  }

  #inputFailed(error: TransportError): void {
    if (this.#state === "open") this.#cutOff?.(error);
    this.destroy(error);
  }

  #beginClose(): void {
    this.#output.flush();
    this.#state = "closing";
    this.#input.finish();
    // A caller may be waiting for the end.
    const socket = this.#socket.ref();
    // Nothing is left to send or to receive: destroying the socket is the quickest way to close it.
    if (this.#peerEnded && socket === this.#stream && socket.writableLength === 0) {
      socket.destroy();
      return;
    }
    this.#setTimer(this.#options.closeTimeout ?? defaultCloseTimeout);
    this.#stream.end(() => {
      if (this.#peerEnded) socket.destroy();
      else if (!socket.destroyed) this.#setTimer(linger);
    });
    // Keep reading, although nothing is delivered, to notice the peer's end.
    this.#stream.resume();
  }

  #ended(): void {
    this.#peerEnded = true;
    if (this.#state === "closing") {
      if (this.#stream.writableFinished) this.#socket.destroy();
    } else if (this.#state === "open") {
      if (this.#input.midRecord && !this.#input.holding) {
        this.#inputFailed(new TransportError("TRANSPORT_RESET", "the peer closed the connection within a record"));
      } else if (this.#role === "client") this.#beginClose();
      else this.#awaitReplies();
    }
  }

  /** The peer has shut down its sending side, or both; only a write would show which. Send late replies. */
  #awaitReplies(): void {
    const until = systemClock.now() + (this.#options.halfCloseTimeout ?? defaultHalfCloseTimeout);
    const check = (): void => {
      if (this.#state !== "open") return;
      const answered = this.#output.messages >= this.#input.records && !this.#input.holding;
      if (answered || systemClock.now() >= until) this.#beginClose();
      else this.#timer = systemClock.setTimeout(check, 10);
    };
    check();
  }

  #setTimer(time: number): void {
    systemClock.clearTimeout(this.#timer);
    this.#timer = systemClock.setTimeout(() => this.#socket.destroy(), time);
  }

  #idle(time = this.#socket.timeout): void {
    this.destroy(
      new TransportError("TRANSPORT_TIMEOUT", `nothing moved on the connection for ${Math.ceil(time as number)} ms`),
    );
  }

  #failed(error: Error): void {
    // While closing, a peer that has already disconnected is a normal end.
    if (this.#state === "open" && this.#error === undefined) {
      const isCut = this.#input.midRecord && !this.#input.holding;
      this.#error = streamError(error, isCut ? " within a record" : "");
      if (isCut) this.#cutOff?.(this.#error);
    }
    this.#stop();
  }

  #stop(): void {
    this.#input.finish();
    this.#output.drop();
    systemClock.clearTimeout(this.#timer);
  }

  #drained(): void {
    if (this.#state !== "open") return;
    try {
      this.#receiver?.drained();
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  #closed(): void {
    this.#state = "closed";
    this.#raw?.destroy();
    this.#stop();
    this.#tellClosed();
    for (const resolve of this.#whenClosed.splice(0)) resolve();
  }

  #tellClosed(): void {
    try {
      this.#receiver?.closed(this.#error);
    } catch {
      // The connection is closed already.
    }
  }
}

function closedAlready(what: string): TransportError {
  return new TransportError("TRANSPORT_CLOSED", `nothing can be ${what}: the connection is closed`);
}

/** Converts an error event of a connected socket. */
function streamError(error: Error, where: string): TransportError {
  const code: TransportErrorCode =
    (error as NodeJS.ErrnoException).code === "ETIMEDOUT" ? "TRANSPORT_TIMEOUT" : "TRANSPORT_RESET";
  return new TransportError(code, `the connection failed${where}: ${error.message}`, { cause: error });
}
