// Calls with encoded arguments and results. Datagram sockets are kept for the next call to the same place, because a
// broadcast must be forwarded within a fraction of a millisecond.
import { systemClock, type Timer } from "../../base/clock.js";
import { connectNow } from "../../client/connect-now.js";
import type { Channel } from "../../rpc/call.js";
import type { Procedure, Program } from "../../rpc/program.js";
import { type Address, formatAddress } from "../../transport/address.js";
import type { XdrType } from "../../xdr/type.js";

/** The most sockets that are kept, and milliseconds for which an unused one is kept. */
const mostKept = 64;
const keptFor = 10 * 60_000;

/** Bytes: more than a reply has before its results. */
const replyHeader = 512;

/** One call to forward. */
export interface RawCall {
  readonly prog: number;
  readonly vers: number;
  readonly proc: number;
  readonly args: Uint8Array;
}

/** All remaining bytes of a message, unchanged. */
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
  readonly #record: number;
  /** The kept sockets by address; the one that has been unused for longest comes first. */
  readonly #kept = new Map<string, Kept>();

  /** `timeout`: milliseconds for connecting, and again for the call. `bytes`: the most bytes of results over a stream. */
  constructor(timeout: number, bytes: number) {
    this.#timeout = timeout;
    this.#record = bytes + replyHeader;
  }

  /** Open sockets for the next calls. */
  get kept(): number {
    return this.#kept.size;
  }

  /** Opens a socket before the first call to a place: a broadcasting client waits only for some milliseconds. */
  prepare(place: Address): void {
    if (place.kind !== "udp") return;
    const key = formatAddress(place);
    const kept = this.#take(key, place);
    if (kept.users === 0) this.#rest(key, kept);
  }

  /** @throws RpcError */
  async call(place: Address, what: RawCall): Promise<Uint8Array> {
    if (place.kind === "udp") return this.#callKept(place, what);
    const connection = { limits: { record: this.#record } };
    await using channel = await connectNow(place, { timeout: this.#timeout, connection });
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
      // A socket on which a datagram was refused is not used again.
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
    const kept = known ?? { channel: connectNow(place, { timeout: this.#timeout }), users: 0 };
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
  // Sent once: the caller repeats it if an answer is lost, and a refusal is then certain.
  const options = { semantics: "maybe" } as const;
  return (await channel.call({ program, procedure, args: [args], options })) as Uint8Array;
}
