// A bad network around a good connection: outgoing messages are lost, repeated, delayed, reordered and corrupted, and
// the connection is cut, at random from a seed, or by a script.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { type Clock, systemClock, type Timer } from "../base/clock.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { XdrWriter as Writer, type XdrWriter } from "../xdr/writer.js";
import { seededRandom } from "./random.js";

/**
 * What happens to one message: it is lost; or copies of it arrive, each after a delay in milliseconds (0: at once), with one
 * bit wrong if `corrupt` is set; or the connection breaks before or after it.
 */
export type Fate =
  | { readonly drop: true }
  | { readonly copies: readonly number[]; readonly corrupt?: boolean }
  | { readonly cut: "before" | "after" };

/** A Fate: the message arrives at once. */
export const deliver: Fate = { copies: [0] };
/** A Fate: the message is lost. */
export const drop: Fate = { drop: true };
/** A Fate: the message arrives twice. */
export const duplicate: Fate = { copies: [0, 0] };
/** A Fate: the message arrives after this many milliseconds. */
export const delay = (milliseconds: number): Fate => ({ copies: [milliseconds] });
/** A Fate: the message arrives with one bit changed. */
export const corrupt: Fate = { copies: [0], corrupt: true };
/** A Fate: the connection breaks, and the message is lost. `{ cut: "after" }` delivers the message first. */
export const cut: Fate = { cut: "before" };

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
  /** The chance that one bit of a message is changed. Default 0. */
  readonly corrupt?: number;
  /** The chance that the connection breaks, before or after the message. Both ends see a lost connection. Default 0. */
  readonly cut?: number;
  /** Seed of the random numbers: the same seed gives the same faults. Default 1. */
  readonly seed?: number;
  /**
   * The fate of each message in turn, in place of chance. A function is given the message and its index, counted from 0;
   * undefined delivers it. Default: none.
   */
  readonly script?: readonly Fate[] | ((bytes: Uint8Array, index: number) => Fate | undefined);
  /** The value of `info.reliable`. Default false, so that calls are retransmitted. */
  readonly reliable?: boolean;
  /** The clock of the delays, for tests: a `FakeClock`. Default: the machine's. */
  readonly clock?: Clock;
}

const lossyOptions: OptionTable<LossyOptions> = {
  drop: "share",
  duplicate: "share",
  reorder: "share",
  longestDelay: "time",
  corrupt: "share",
  cut: "share",
  seed: "number",
  script: "any",
  reliable: "flag",
  clock: "object",
};

/**
 * Wraps a connection in one that loses, repeats, delays, reorders and corrupts outgoing messages, or breaks. Open the wrapper, not the
 * connection itself. To affect both directions, wrap both ends.
 * @example
 * const [near, far] = memoryPair({ reliable: false });
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * server.accept(far);
 *
 * const lossy = lossyConnection(near, { script: [drop] });
 * await using peer = new Peer(lossy, { retransmit: { first: 10 } });
 * await using client = createClient(ADD_VERS, peer);
 * console.log(await client.add({ a: 1, b: 2 }), peer.stats.retransmissions > 0); // 3 true
 */
export function lossyConnection(connection: Connection, options: LossyOptions = {}): Connection {
  checkOptions(lossyOptions, options);
  return new LossyConnection(connection, options);
}

class LossyConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly #inner: Connection;
  readonly #fateOf: (bytes: Uint8Array, index: number) => Fate;
  readonly #random: () => number;
  readonly #clock: Clock;
  readonly #writer: XdrWriter = new Writer();
  readonly #timers = new Set<Timer>();
  #sent = 0;
  /** Undefined once `closed` was called. */
  #receiver: Receiver | undefined;

  constructor(inner: Connection, options: LossyOptions) {
    this.info = { ...inner.info, reliable: options.reliable ?? false };
    this.#inner = inner;
    this.#random = seededRandom(options.seed ?? 1);
    this.#fateOf = fates(options, this.#random);
    this.#clock = options.clock ?? systemClock;
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#inner.open({
      message: (bytes, start, end, owned) => this.#receiver?.message(bytes, start, end, owned),
      drained: () => this.#receiver?.drained(),
      closed: (error) => this.#end(error),
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
    if ("drop" in fate) return true;
    if ("cut" in fate) return this.#cut(fate.cut, bytes);
    if (fate.corrupt) this.#corrupt(bytes);
    let ready = true;
    for (const wait of fate.copies) ready = this.#sendAfter(wait, bytes) && ready;
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
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer);
      try {
        this.#inner.send(writeRaw, bytes);
      } catch {
        // The connection was closed meanwhile, or the message is too long: it counts as lost.
      }
    }, wait);
    this.#timers.add(timer);
    return true;
  }

  /** Both ends see a lost connection; this one in a later turn, as from a socket. */
  #cut(when: "before" | "after", bytes: Uint8Array): true {
    if (when === "after") this.#inner.send(writeRaw, bytes);
    // Not `destroy`, which would take back the messages that have left already.
    this.#inner.close();
    queueMicrotask(() => this.#end(new TransportError("TRANSPORT_RESET", "the lossy connection was cut")));
    return true;
  }

  #corrupt(bytes: Uint8Array): void {
    const bit = Math.floor(this.#random() * bytes.length * 8);
    if (bytes.length > 0) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  }

  #end(error: TransportError | undefined): void {
    this.#forget();
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.closed(error);
  }

  #forget(): void {
    for (const timer of this.#timers) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }
}

function fates(options: LossyOptions, random: () => number): (bytes: Uint8Array, index: number) => Fate {
  const { script } = options;
  if (typeof script === "function") return (bytes, index) => script(bytes, index) ?? deliver;
  if (script !== undefined) return (_bytes, index) => script[index] ?? deliver;
  return () => chooseFate(options, random);
}

/**
 * A random fate. Kinds of faults that are not enabled use no random number, so that a seed gives the same faults after
 * new kinds are added.
 */
export function chooseFate(options: LossyOptions, random: () => number): Fate {
  const longest = options.longestDelay ?? 5;
  const happens = (chance: number | undefined): boolean => chance !== undefined && chance > 0 && random() < chance;
  if (happens(options.drop)) return drop;
  if (happens(options.cut)) return { cut: random() < 0.5 ? "before" : "after" };
  const copies = [happens(options.reorder) ? 1 + random() * longest : 0];
  if (happens(options.duplicate)) copies.push(random() * longest);
  return happens(options.corrupt) ? { copies, corrupt: true } : { copies };
}

const writeRaw = (out: XdrWriter, bytes: Uint8Array): void => out.writeBytes(bytes);
