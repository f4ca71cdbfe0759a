// A network in memory between simulated machines, on the fake clock: streams, which deliver in order until they break, and
// datagrams, which are lost, repeated, overtaken and corrupted.
import type { Clock } from "../base/clock.js";
import type { Connection, Listener } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { MemoryNetwork, type MemoryOptions } from "../transport/memory.js";
import { chooseFate, type LossyOptions } from "./lossy.js";
import { End, type Host, reset } from "./simulated-connection.js";

/** The faults of a simulated network. May be changed while the simulation runs. Chances are from 0 to 1. */
export interface NetworkFaults {
  /** Milliseconds that a message takes: the shortest and the longest. Default 1 to 5. */
  latency: readonly [number, number];
  /** The chance that a datagram is lost. Default 0. */
  drop: number;
  /** The chance that a datagram arrives twice. Default 0. */
  duplicate: number;
  /** The chance that a datagram takes up to `longestDelay` longer. Default 0. */
  reorder: number;
  /** The chance that one bit of a datagram is wrong. Default 0. */
  corrupt: number;
  /** The chance that a stream breaks at a message, before or after it. Default 0. */
  cut: number;
  /** The longest further delay of a datagram, in milliseconds. Default 500. */
  longestDelay: number;
}

interface Listening {
  readonly host: Host;
  readonly take: (connection: Connection) => void;
  /** The listener's ends of datagram conversations, by the caller's name. */
  readonly callers: Map<string, End>;
}

/**
 * The network of one simulation. `streams(host)` and `datagrams(host)` are what programs on a machine use.
 * @example
 * const code = await simulate(1, async (world) => {
 *   world.machine("server", ({ clock, network }) =>
 *     new Server({ clock }).implement(ADD_VERS, { add: ({ a, b }) => a + b }).listen("memory:add", { network }),
 *   );
 *   const { clock, network } = world.machine("client").now;
 *   await using client = createClient(ADD_VERS, "memory:add", { clock, connection: { network } });
 *   await client.add({ a: 1, b: 2 });
 *   world.network.partition(["server"], ["client"]);
 *   return client.add({ a: 1, b: 2 }, { timeout: 1_000 }).catch((error) => error.code);
 * });
 * console.log(code); // RPC_TIMEOUT
 */
export class SimulatedNetwork {
  /** The faults of all messages from now on. Change its properties while the simulation runs. */
  readonly faults: NetworkFaults = {
    latency: [1, 5],
    drop: 0,
    duplicate: 0,
    reorder: 0,
    corrupt: 0,
    cut: 0,
    longestDelay: 500,
  };
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #listening = { streams: new Map<string, Listening>(), datagrams: new Map<string, Listening>() };
  readonly #ends = new Set<End>();
  #separated: readonly ReadonlySet<string>[] = [];
  #heldBack: (() => void)[] = [];
  #ports = 0;

  /** Makes a network without faults. `simulate` does it. `trace` receives a line for each message. */
  constructor(clock: Clock, random: () => number, trace?: (line: string) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
  }

  /** Separates groups of machines. Datagrams between them are lost, and streams wait. Machines in no group reach all. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#trace?.(`partition ${groups.map((group) => group.join(" ")).join(" | ")}`);
    this.#separated = groups.map((group) => new Set(group));
  }

  /** Ends the partition. */
  heal(): void {
    this.#trace?.("heal");
    this.#separated = [];
    for (const go of this.#heldBack.splice(0)) go();
  }

  /** For the `network` option of clients and servers on this machine: reliable connections. */
  streams(host: Host): MemoryNetwork {
    return new HostNetwork(
      (name, take) => this.#listen("streams", host, name, take),
      (name, options) => this.#connectStream(host, name, options),
    );
  }

  /** For the `network` option of clients and servers on this machine: datagrams, as over UDP. */
  datagrams(host: Host): MemoryNetwork {
    return new HostNetwork(
      (name, take) => this.#listen("datagrams", host, name, take),
      (name, options) => this.#openDatagrams(host, name, options),
    );
  }

  /**
   * The machine has crashed: its names are free again, and machines with a stream to it see the stream break, once they
   * can be reached.
   */
  crashed(host: Host): void {
    for (const names of Object.values(this.#listening)) {
      for (const [name, { host: at }] of names) if (at === host) names.delete(name);
    }
    for (const end of [...this.#ends]) {
      if (end.host !== host) continue;
      this.#ends.delete(end);
      const { other } = end;
      if (other !== undefined) this.#inOrder(end, other, () => other.end(reset("its machine has crashed")));
    }
  }

  #listen(kind: "streams" | "datagrams", host: Host, name: string, take: (connection: Connection) => void): Listener {
    const names = this.#listening[kind];
    if (names.has(name)) {
      throw new TransportError("TRANSPORT_LISTEN_FAILED", `memory:${name} is already in use; close its listener first`);
    }
    const listening = { host, take, callers: new Map() };
    names.set(name, listening);
    const close = async (): Promise<void> => {
      if (names.get(name) === listening) names.delete(name);
    };
    return { address: { kind: "memory", name }, netid: "memory", close };
  }

  #connectStream(host: Host, name: string, options: MemoryOptions): Connection {
    const listening = host.up ? this.#listening.streams.get(name) : undefined;
    if (listening === undefined) {
      throw new TransportError("TRANSPORT_CONNECT_FAILED", `nothing listens at memory:${name}`);
    }
    const port = `${host.name}.${++this.#ports}`;
    const near = new End(host, port, name, true, options);
    const far = new End(listening.host, name, port, true, options);
    near.other = far;
    far.other = near;
    for (const end of [near, far]) {
      end.transmit = (bytes) => this.#sendInOrder(end, bytes);
      end.leave = (error) => this.#leave(end, error);
      this.#ends.add(end);
    }
    this.#inOrder(near, far, () => listening.take(far));
    return near;
  }

  #sendInOrder(from: End, bytes: Uint8Array): void {
    const to = from.other as End;
    const fate = chooseFate({ cut: this.faults.cut }, this.#random);
    const cut = "cut" in fate ? fate.cut : undefined;
    this.#trace?.(`${from.local} -> ${to.local} ${bytes.length} bytes${cut === undefined ? "" : `, cut ${cut}`}`);
    if (cut !== "before") this.#inOrder(from, to, () => to.deliver(bytes));
    if (cut === undefined) return;
    this.#inOrder(from, to, () => to.end(reset("the stream broke")));
    this.#inOrder(to, from, () => from.end(reset("the stream broke")));
  }

  #leave(end: End, error: TransportError | undefined): void {
    this.#ends.delete(end);
    const other = end.other as End;
    this.#inOrder(end, other, () => other.end(error && reset("the other end was destroyed")));
  }

  /**
   * Delivers after the latency and after everything sent before in this direction, and only while the machines are not
   * separated.
   */
  #inOrder(from: End, to: End, arrive: () => void): void {
    const at = Math.max(this.#clock.now() + this.#latency(), from.lastArrival);
    from.lastArrival = at;
    const go = (): void => {
      if (!to.host.up) return;
      // Later messages in this direction come after this one in the same list.
      if (this.#isSeparated(from, to)) this.#heldBack.push(go);
      else arrive();
    };
    this.#clock.setTimeout(go, at - this.#clock.now());
  }

  #openDatagrams(host: Host, name: string, options: MemoryOptions): Connection {
    const end = new End(host, `${host.name}.${++this.#ports}`, name, false, options);
    end.transmit = (bytes) => this.#sendDatagram(end, name, bytes, () => this.#callerAt(name, end));
    end.leave = () => this.#ends.delete(end);
    this.#ends.add(end);
    return end;
  }

  /** The listener's end of the conversation with this caller, made at the first datagram. */
  #callerAt(name: string, caller: End): End | undefined {
    const listening = this.#listening.datagrams.get(name);
    if (listening === undefined) return undefined;
    const known = listening.callers.get(caller.local);
    if (known !== undefined) return known;
    const end = new End(listening.host, name, caller.local, false, {});
    end.transmit = (bytes) => this.#sendDatagram(end, caller.host.name, bytes, () => caller);
    end.leave = () => listening.callers.delete(caller.local);
    listening.callers.set(caller.local, end);
    listening.take(end);
    return end;
  }

  #sendDatagram(from: End, to: string, bytes: Uint8Array, find: () => End | undefined): void {
    const { drop, duplicate, reorder, corrupt, longestDelay } = this.faults;
    const faults: LossyOptions = { drop, duplicate, reorder, corrupt, longestDelay };
    const fate = chooseFate(faults, this.#random);
    const copies = "copies" in fate ? fate.copies : [];
    this.#trace?.(`${from.local} -> ${to} ${bytes.length} bytes, ${copies.length} copies`);
    if ("copies" in fate && fate.corrupt === true) flipBit(bytes, this.#random());
    for (const delay of copies) {
      const copy = copies.length > 1 ? bytes.slice() : bytes;
      this.#clock.setTimeout(() => {
        const end = find();
        if (end?.host.up && !this.#isSeparated(from, end)) end.deliver(copy);
      }, this.#latency() + delay);
    }
  }

  #latency(): number {
    const [least, most] = this.faults.latency;
    return least + this.#random() * (most - least);
  }

  #isSeparated(one: End, other: End): boolean {
    if (this.#separated.length === 0) return false;
    const groupOf = ({ host }: End): ReadonlySet<string> | undefined =>
      this.#separated.find((group) => group.has(host.name));
    const [first, second] = [groupOf(one), groupOf(other)];
    return first !== undefined && second !== undefined && first !== second;
  }
}

type Listen = (name: string, take: (connection: Connection) => void) => Listener;
type Connect = (name: string, options: MemoryOptions) => Connection;

/** The network as one machine sees it. */
class HostNetwork extends MemoryNetwork {
  readonly #listen: Listen;
  readonly #connect: Connect;

  constructor(listen: Listen, connect: Connect) {
    super();
    this.#listen = listen;
    this.#connect = connect;
  }

  override listen(name: string, onConnection: (connection: Connection) => void): Listener {
    return this.#listen(name, onConnection);
  }

  override connect(name: string, options: MemoryOptions = {}): Connection {
    return this.#connect(name, options);
  }
}

function flipBit(bytes: Uint8Array, share: number): void {
  const bit = Math.floor(share * bytes.length * 8);
  if (bytes.length > 0) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
}
