// Calls with arguments and results as they are on the wire. Datagram sockets are kept for the next call to the same place:
// a broadcast is passed on within a fraction of a millisecond.
import { systemClock, type Timer } from "../../base/clock.js";
import { connect } from "../../client/create-client.js";
import type { Channel } from "../../rpc/call.js";
import type { Procedure, Program } from "../../rpc/program.js";
import { type Address, formatAddress } from "../../transport/address.js";
import type { XdrType } from "../../xdr/type.js";

/** Sockets that are kept, and milliseconds for which one is kept unused. */
const mostKept = 64;
const keptFor = 10 * 60_000;

/** One call to pass on. */
export interface RawCall {
  readonly prog: number;
  readonly vers: number;
  readonly proc: number;
  readonly args: Uint8Array;
}

/** Bytes as they are: all that is left of a message. */
const rawBytes: XdrType<Uint8Array> = {
  shape: { kind: "opaque", fixed: false, length: 0xffff_ffff },
  encode: (out, bytes) => out.writeBytes(bytes),
  decode: (from) => from.readFixedOpaque(from.left),
};

const rawArguments: XdrType<[Uint8Array]> = {
  shape: { kind: "tuple", elements: [{ name: "args", type: rawBytes.shape }] },
  encode: (out, [bytes]) => rawBytes.encode(out, bytes),
  decode: (from) => [rawBytes.decode(from)],
};

interface Kept {
  readonly channel: Promise<Channel>;
  users: number;
  timer?: Timer;
}

export class RawCalls {
  readonly #timeout: number;
  /** By address, the longest unused first. */
  readonly #kept = new Map<string, Kept>();

  /** `timeout`: milliseconds that connecting, and then the call, may take. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** Sockets that are open for the next calls. */
  get kept(): number {
    return this.#kept.size;
  }

  /** Has a socket ready for the first call to a place: who broadcasts waits for some milliseconds only. */
  prepare(place: Address): void {
    if (place.kind !== "udp") return;
    const key = formatAddress(place);
    const kept = this.#take(key, place);
    if (kept.users === 0) this.#rest(key, kept);
  }

  /** @throws RpcError */
  async call(place: Address, what: RawCall): Promise<Uint8Array> {
    if (place.kind === "udp") return this.#callKept(place, what);
    await using channel = await connect(place, { timeout: this.#timeout });
    return callOver(channel, what);
  }

  close(): void {
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  async #callKept(place: Address, what: RawCall): Promise<Uint8Array> {
    const key = formatAddress(place);
    const kept = this.#take(key, place);
    kept.users++;
    try {
      return await callOver(await kept.channel, what);
    } catch (error) {
      // A socket that was refused once is of no more use.
      if (this.#kept.get(key) === kept && kept.users === 1) this.#drop(key);
      throw error;
    } finally {
      if (--kept.users === 0 && this.#kept.get(key) === kept) this.#rest(key, kept);
    }
  }

  #rest(key: string, kept: Kept): void {
    kept.timer = systemClock.setTimeout(() => this.#drop(key), keptFor).unref();
  }

  #take(key: string, place: Address): Kept {
    const known = this.#kept.get(key);
    const kept = known ?? { channel: connect(place, { timeout: this.#timeout }), users: 0 };
    // The caller gets the error.
    kept.channel.catch(() => {});
    systemClock.clearTimeout(kept.timer);
    this.#kept.delete(key);
    if (this.#kept.size >= mostKept) this.#dropUnused();
    this.#kept.set(key, kept);
    return kept;
  }

  #dropUnused(): void {
    const [unused] = [...this.#kept].find(([, { users }]) => users === 0) ?? [];
    if (unused !== undefined) this.#drop(unused);
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    systemClock.clearTimeout(kept.timer);
    kept.channel.then((channel) => channel.destroy()).catch(() => {});
  }
}

async function callOver(channel: Channel, { prog, vers, proc, args }: RawCall): Promise<Uint8Array> {
  const procedure: Procedure = {
    name: String(proc),
    number: proc,
    args: rawArguments as Procedure["args"],
    result: rawBytes,
  };
  const program: Program = { name: String(prog), number: prog, versionName: "", version: vers, procedures: {} };
  return (await channel.call({ program, procedure, args: [args], options: {} })) as Uint8Array;
}
