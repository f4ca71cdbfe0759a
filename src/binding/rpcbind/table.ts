// What a binder knows: which program versions listen at which universal addresses, and who said so. Pure data; no I/O.
// One table serves versions 2, 3 and 4 of the protocol, so that what was set through one is seen through the others.
import { fromUniversalAddress } from "../../transport/address.js";

/** One registration. All five texts and numbers are as on the wire (struct rpcb of RFC 1833 section 2.1). */
export interface BinderEntry {
  readonly program: number;
  readonly version: number;
  /** "tcp", "udp", "tcp6", "udp6" or "local" (RFC 5665). */
  readonly netid: string;
  /** Universal address: `0.0.0.0.8.1`, `::.8.1`, `/run/x.sock`. */
  readonly address: string;
  /** A user's number, "superuser", or "unknown" for whoever came over IP. */
  readonly owner: string;
}

/** What a binder accepts from those who register. */
export interface TableLimits {
  /** Registrations, all programs together. */
  readonly entries: number;
  /** Bytes of a netid, a universal address and an owner. */
  readonly netid: number;
  readonly address: number;
  readonly owner: number;
}

export const defaultTableLimits: TableLimits = Object.freeze({ entries: 4096, netid: 32, address: 255, owner: 64 });

/** The owner of registrations that came over IP, where nobody can be told apart. */
export const unknownOwner = "unknown";

/** Whoever runs as user 0. Removes anything. */
export const superuser = "superuser";

/** Programs 100000: the binder itself. Nobody may set or unset it. */
export const binderProgram = 100_000;

export type Refusal = "taken" | "not owner" | "reserved" | "full" | "bad entry" | "not registered";

/** The registrations of one binder. */
export class RegistrationTable {
  readonly limits: TableLimits;
  readonly #entries = new Map<string, BinderEntry>();

  constructor(limits: Partial<TableLimits> = {}) {
    this.limits = { ...defaultTableLimits, ...limits };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** In the order of registration. */
  all(): BinderEntry[] {
    return [...this.#entries.values()];
  }

  /** Adds an entry as it is, the binder's own for one. Those of peers go through `set`. */
  put(entry: BinderEntry): void {
    this.#entries.set(keyOf(entry), entry);
  }

  /**
   * Registers. The same registration by the same owner again is no error: a server that lost the reply asks twice.
   * @returns why not, or undefined when done.
   */
  set(entry: BinderEntry): Refusal | undefined {
    if (entry.program === binderProgram) return "reserved";
    if (!this.#isSound(entry)) return "bad entry";
    const existing = this.#entries.get(keyOf(entry));
    if (existing !== undefined) {
      return existing.address === entry.address && existing.owner === entry.owner ? undefined : "taken";
    }
    if (this.#entries.size >= this.limits.entries) return "full";
    this.put(entry);
    return undefined;
  }

  /**
   * Removes a program version from one transport, or from all where netid is "". Entries of other owners stay.
   * @returns why nothing was removed, or undefined when something was.
   */
  unset(program: number, version: number, netid: string, owner: string): Refusal | undefined {
    if (program === binderProgram) return "reserved";
    const candidates = this.all().filter(
      (entry) => entry.program === program && entry.version === version && (netid === "" || entry.netid === netid),
    );
    if (candidates.length === 0) return "not registered";
    const own = candidates.filter((entry) => owner === superuser || entry.owner === owner);
    for (const entry of own) this.#entries.delete(keyOf(entry));
    return own.length === 0 ? "not owner" : undefined;
  }

  /** Exactly this version on this transport. */
  find(program: number, version: number, netid: string): BinderEntry | undefined {
    return this.#entries.get(keyOf({ program, version, netid }));
  }

  /**
   * This version, or else the highest other version of the program on this transport (RFC 1833 section 2.2.1, version
   * 4): a caller that meets the wrong version is told by the program itself which ones there are.
   */
  findAnyVersion(program: number, version: number, netid: string): BinderEntry | undefined {
    const exact = this.find(program, version, netid);
    if (exact !== undefined) return exact;
    const others = this.all().filter((entry) => entry.program === program && entry.netid === netid);
    return others.reduce<BinderEntry | undefined>(
      (best, entry) => (best === undefined || entry.version > best.version ? entry : best),
      undefined,
    );
  }

  #isSound(entry: BinderEntry): boolean {
    const { limits } = this;
    if (Buffer.byteLength(entry.address) > limits.address || Buffer.byteLength(entry.owner) > limits.owner)
      return false;
    if (Buffer.byteLength(entry.netid) > limits.netid) return false;
    return isReachable(entry.netid, entry.address);
  }
}

/** Whether the address is one of its netid's, with a port that something can listen on. */
function isReachable(netid: string, text: string): boolean {
  try {
    const address = fromUniversalAddress(netid, text);
    return !("port" in address) || address.port !== 0;
  } catch {
    return false;
  }
}

function keyOf({ program, version, netid }: Pick<BinderEntry, "program" | "version" | "netid">): string {
  return `${program}/${version}/${netid}`;
}
