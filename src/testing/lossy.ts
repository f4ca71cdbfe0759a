// A bad network around a good connection: outgoing messages are lost, repeated, delayed and reordered, by chance from a
// seed or by a script.
import { systemClock, type Timer } from "../base/clock.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "../transport/connection.js";
import { XdrWriter as Writer, type XdrWriter } from "../xdr/writer.js";
import { seededRandom } from "./random.js";

/** What happens to one message: the delay of each copy in milliseconds (0: at once). An empty list loses it. */
export type Fate = { readonly drop: true } | { readonly copies: readonly number[] };

/** A Fate: the message arrives at once. */
export const deliver: Fate = { copies: [0] };
/** A Fate: the message is lost. */
export const drop: Fate = { drop: true };
/** A Fate: the message arrives twice. */
export const duplicate: Fate = { copies: [0, 0] };
/** A Fate: the message arrives after this many milliseconds. */
export const delay = (milliseconds: number): Fate => ({ copies: [milliseconds] });

/** The faults of a lossy connection. Each property is a chance from 0 to 1 unless stated otherwise. */
export interface LossyOptions {
  /** The chance that a message is lost. Default 0. */
  readonly drop?: number;
  /** The chance that a message arrives twice. Default 0. */
  readonly duplicate?: number;
  /** The chance that a message is delayed, so that later ones overtake it. Default 0. */
  readonly reorder?: number;
  /** The longest delay, in milliseconds. Default 5. */
  readonly longestDelay?: number;
  /** Seed of the random numbers: the same seed gives the same faults. Default 1. */
  readonly seed?: number;
  /**
   * The fate of each message in turn, in place of chance. A function is given the message and its index, counted from 0;
   * undefined delivers it.
   */
  readonly script?: readonly Fate[] | ((bytes: Uint8Array, index: number) => Fate | undefined);
  /** The value of `info.reliable`. Default false, so that calls are retransmitted. */
  readonly reliable?: boolean;
}

/**
 * Wraps a connection in one that loses, repeats, delays and reorders messages. Open the wrapper, not the connection itself.
 * @example
 * const [near, far] = memoryPair({ reliable: false });
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * server.accept(far);
 *
 * const lossy = lossyConnection(near, { script: [drop] });
 * await using peer = new Peer(lossy, { retransmit: { first: 10 } });
 * await using client = createClient(ADD_VERS, peer);
 * console.log(await client.add({ a: 1, b: 2 }), peer.stats.retransmissions); // 3 1
 */
export function lossyConnection(connection: Connection, options: LossyOptions = {}): Connection {
  return new LossyConnection(connection, options);
}

class LossyConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly #inner: Connection;
  readonly #fateOf: (bytes: Uint8Array, index: number) => Fate;
  readonly #writer: XdrWriter = new Writer();
  readonly #timers = new Set<Timer>();
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
    const timer = systemClock.setTimeout(() => {
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
    for (const timer of this.#timers) systemClock.clearTimeout(timer);
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
