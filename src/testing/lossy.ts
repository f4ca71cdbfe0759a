// A bad network around a good connection: outgoing messages are lost, repeated, delayed and reordered, by chance from a
// seed or by a script.
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "../transport/connection.js";
import { XdrWriter as Writer, type XdrWriter } from "../xdr/writer.js";
import { seededRandom } from "./random.js";

/** What becomes of one message: lost; or sent once or more, each copy after so many milliseconds (0: at once). */
export type Fate = { readonly drop: true } | { readonly copies: readonly number[] };

/** The fates most used. */
export const deliver: Fate = { copies: [0] };
export const drop: Fate = { drop: true };
export const duplicate: Fate = { copies: [0, 0] };
export const delay = (milliseconds: number): Fate => ({ copies: [milliseconds] });

/** How bad the network is. */
export interface LossyOptions {
  /** Chances from 0 to 1, each its own. Default 0. */
  readonly drop?: number;
  readonly duplicate?: number;
  /** Chance that a message waits, so that later ones overtake it. */
  readonly reorder?: number;
  /** The longest wait of a message that is reordered or whose copy follows, in milliseconds. Default 5. */
  readonly longestDelay?: number;
  /** Default 1. */
  readonly seed?: number;
  /** The fate of each message in turn, counted from 0, in place of chance. Undefined: delivered. */
  readonly script?: readonly Fate[] | ((bytes: Uint8Array, index: number) => Fate | undefined);
  /** What `info.reliable` says. Default false, so that calls are repeated. */
  readonly reliable?: boolean;
}

/** `connection` behind a bad network. It takes over the connection: open the wrapper, not what it wraps. */
export function lossyConnection(connection: Connection, options: LossyOptions = {}): Connection {
  return new LossyConnection(connection, options);
}

class LossyConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly #inner: Connection;
  readonly #fateOf: (bytes: Uint8Array, index: number) => Fate;
  readonly #writer: XdrWriter = new Writer();
  readonly #timers = new Set<NodeJS.Timeout>();
  #sent = 0;

  constructor(inner: Connection, options: LossyOptions) {
    this.info = { ...inner.info, reliable: options.reliable ?? false };
    this.#inner = inner;
    this.#fateOf = fates(options);
  }

  open(receiver: Receiver): void {
    this.#inner.open({
      message: (bytes, start, end, owned) => receiver.message(bytes, start, end, owned),
      drained: () => receiver.drained(),
      closed: (error) => {
        this.#forget();
        receiver.closed(error);
      },
    });
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    const out = this.#writer;
    let bytes: Uint8Array;
    try {
      write(out, value);
      bytes = out.toBytes();
    } finally {
      out.reset();
    }
    const fate = this.#fateOf(bytes, this.#sent++);
    let ready = true;
    if ("copies" in fate) for (const wait of fate.copies) ready = this.#sendAfter(wait, bytes) && ready;
    return ready;
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  close(): Promise<void> {
    this.#forget();
    return this.#inner.close();
  }

  destroy(error?: Parameters<Connection["destroy"]>[0]): void {
    this.#forget();
    this.#inner.destroy(error);
  }

  #sendAfter(wait: number, bytes: Uint8Array): boolean {
    if (wait <= 0) return this.#inner.send(writeRaw, bytes);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      try {
        this.#inner.send(writeRaw, bytes);
      } catch {
        // Closed meanwhile, or too long: lost, as things are on such a network.
      }
    }, wait);
    this.#timers.add(timer);
    return true;
  }

  #forget(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function fates(options: LossyOptions): (bytes: Uint8Array, index: number) => Fate {
  const { script } = options;
  if (typeof script === "function") return (bytes, index) => script(bytes, index) ?? deliver;
  if (script !== undefined) return (_bytes, index) => script[index] ?? deliver;
  const random = seededRandom(options.seed ?? 1);
  const longest = options.longestDelay ?? 5;
  return () => {
    if (random() < (options.drop ?? 0)) return drop;
    const copies = [random() < (options.reorder ?? 0) ? 1 + random() * longest : 0];
    if (random() < (options.duplicate ?? 0)) copies.push(random() * longest);
    return { copies };
  };
}

const writeRaw = (out: XdrWriter, bytes: Uint8Array): void => out.writeBytes(bytes);
