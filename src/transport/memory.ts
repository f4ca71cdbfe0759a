// Connections inside one process: two ends that are joined directly, and a private network of names.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { spliceThreshold, XdrWriter } from "../xdr/writer.js";
import type { Address } from "./address-forms.js";
import type { Connection, ConnectionInfo, Listener, MessageWriter, Receiver } from "./connection.js";
import { receiverThrew, TransportError } from "./errors.js";

/** Options of a pair of memory connections. */
export interface MemoryOptions {
  /** The name in both ends' addresses. Default "pair". */
  readonly name?: string;
  /** The most bytes that one message may have. Default 16 MiB. */
  readonly maxMessage?: number;
  /** The number of unread bytes from which on `send` returns false. Default 1 MiB. */
  readonly highWaterMark?: number;
  /** The value of `info.reliable`. Default true. No message is lost in either case. */
  readonly reliable?: boolean;
}

const memoryOptions: OptionTable<MemoryOptions> = {
  name: "text",
  maxMessage: "size",
  highWaterMark: "count",
  reliable: "flag",
};

/**
 * Makes two connected ends. Messages arrive in order, in a later turn of the event loop. The buffer of a short message is
 * overwritten as soon as the receiver returns, so that a receiver which keeps the bytes without a copy is found in tests.
 * @example
 * const [near, far] = memoryPair();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * server.accept(far);
 * await using client = createClient(ADD_VERS, near);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export function memoryPair(options: MemoryOptions = {}): [Connection, Connection] {
  checkOptions(memoryOptions, options);
  return pairOf(options);
}

function pairOf(options: MemoryOptions): [Connection, Connection] {
  const writer = new XdrWriter();
  const left = new MemoryEnd(options, writer);
  const right = new MemoryEnd(options, writer);
  left.join(right);
  right.join(left);
  return [left, right];
}

/**
 * A private set of `memory:` names, for tests. Names in one network are not visible in another.
 * @example
 * const network = new MemoryNetwork();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("memory:add", { network });
 * await using client = createClient(ADD_VERS, "memory:add", { connection: { network } });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export class MemoryNetwork {
  readonly #listeners = new Map<string, (connection: Connection) => void>();

  /**
   * Accepts connections to `memory:name` in this network.
   * @throws TransportError TRANSPORT_LISTEN_FAILED if the name is taken.
   */
  listen(name: string, onConnection: (connection: Connection) => void): Listener {
    if (this.#listeners.has(name)) {
      throw new TransportError("TRANSPORT_LISTEN_FAILED", `memory:${name} is already in use; close its listener first`);
    }
    this.#listeners.set(name, onConnection);
    const close = async (): Promise<void> => {
      if (this.#listeners.get(name) === onConnection) this.#listeners.delete(name);
    };
    return { address: { kind: "memory", name }, netid: "memory", close };
  }

  /**
   * Connects to `memory:name` in this network.
   * @throws TransportError TRANSPORT_CONNECT_FAILED if nothing listens at that name.
   */
  connect(name: string, options: MemoryOptions = {}): Connection {
    const onConnection = this.#listeners.get(name);
    if (onConnection === undefined) {
      throw new TransportError("TRANSPORT_CONNECT_FAILED", `nothing listens at memory:${name}`);
    }
    const [near, far] = pairOf({ ...options, name });
    try {
      onConnection(far);
    } catch (cause) {
      far.destroy(receiverThrew(cause));
    }
    return near;
  }
}

class MemoryEnd implements Connection {
  readonly info: ConnectionInfo;
  readonly #highWaterMark: number;
  readonly #writer: XdrWriter;
  #peer!: MemoryEnd;
  #receiver: Receiver | undefined;
  #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  /** The peer has closed. Reported to the receiver once the inbox is empty. */
  #ended = false;
  #endError: TransportError | undefined;
  #closed = false;
  #refused = false;
  #paused = false;
  #scheduled = false;
  #whenClosed: Array<() => void> = [];

  constructor(options: MemoryOptions, writer: XdrWriter) {
    const address: Address = { kind: "memory", name: options.name ?? "pair" };
    this.info = {
      netid: "memory",
      local: address,
      remote: address,
      reliable: options.reliable ?? true,
      maxMessage: options.maxMessage ?? 16 * 1024 * 1024,
    };
    this.#highWaterMark = options.highWaterMark ?? 1024 * 1024;
    this.#writer = writer;
  }

  join(peer: MemoryEnd): void {
    this.#peer = peer;
  }

  open(receiver: Receiver): void {
    if (this.#receiver !== undefined) throw new TypeError("open was called twice on a memory connection");
    this.#receiver = receiver;
    this.#schedule();
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.#closed || this.#ended) throw new TransportError("TRANSPORT_CLOSED", "the memory connection is closed");
    const out = this.#writer;
    const start = out.offset;
    try {
      write(out, value);
      const length = out.offset - start;
      if (length > this.info.maxMessage) {
        const limit = `at most ${this.info.maxMessage} fit (maxMessage)`;
        throw new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `a message of ${length} bytes is too long: ${limit}`);
      }
      this.#peer.#take(new Uint8Array(out.buffer.subarray(start, out.offset)));
    } finally {
      out.rewind(start);
    }
    if (this.#peer.#inboxBytes < this.#highWaterMark) return true;
    this.#refused = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#peer.#end(undefined);
      this.#finish(undefined);
    }
    return new Promise((resolve) => {
      if (this.#scheduled) this.#whenClosed.push(resolve);
      else resolve();
    });
  }

  destroy(error?: TransportError): void {
    if (this.#closed) return;
    this.#peer.#end(new TransportError("TRANSPORT_RESET", "the other end of the memory connection was destroyed"));
    this.#finish(error);
  }

  #take(message: Uint8Array): void {
    this.#inbox.push(message);
    this.#inboxBytes += message.length;
    this.#schedule();
  }

  #end(error: TransportError | undefined): void {
    if (this.#closed || this.#ended) return;
    this.#ended = true;
    this.#endError = error;
    if (error !== undefined) this.#drop();
    this.#schedule();
  }

  #finish(error: TransportError | undefined): void {
    this.#closed = true;
    this.#endError = error;
    this.#drop();
    this.#schedule();
  }

  #drop(): void {
    this.#inbox = [];
    this.#inboxBytes = 0;
  }

  // setImmediate, not nextTick: two ends that answer each other endlessly must not starve timers and sockets.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const receiver = this.#receiver;
    try {
      if (receiver !== undefined) this.#deliver(receiver);
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
    if (this.#closed || (this.#ended && this.#inbox.length === 0)) this.#tellClosed();
  }

  #deliver(receiver: Receiver): void {
    let next = 0;
    const inbox = this.#inbox;
    const count = inbox.length;
    while (next < count && !this.#paused && !this.#closed) {
      const message = inbox[next++] as Uint8Array;
      this.#inboxBytes -= message.length;
      const owned = message.length >= spliceThreshold;
      receiver.message(message, 0, message.length, owned);
      if (!owned) message.fill(0xa5);
    }
    if (this.#inbox !== inbox) return;
    inbox.splice(0, next);
    if (inbox.length > 0 && !this.#paused) this.#schedule();
    this.#peer.#drained(this.#inboxBytes);
  }

  #drained(left: number): void {
    if (!this.#refused || left * 2 > this.#highWaterMark) return;
    this.#refused = false;
    try {
      if (!this.#closed) this.#receiver?.drained();
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  #tellClosed(): void {
    this.#closed = true;
    const receiver = this.#receiver;
    if (receiver !== undefined) this.#receiver = silent;
    try {
      receiver?.closed(this.#endError);
    } catch {
      // The connection is closed already.
    }
    for (const resolve of this.#whenClosed.splice(0)) resolve();
  }
}

const silent: Receiver = { message() {}, drained() {}, closed() {} };
