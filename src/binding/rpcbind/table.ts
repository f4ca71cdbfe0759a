// The registrations of a binder: program versions, their universal addresses, and their owners. No I/O. Versions 2, 3
// and 4 of the protocol share one table, so each sees the registrations made through the others.
import { addressOf } from "./entry-address.js";

/** One registration. The five properties are those of struct rpcb (RFC 1833 section 2.1). */
export interface BinderEntry {
  /** The program number. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
  /** "tcp", "udp", "tcp6", "udp6" or "local" (RFC 5665). */
  readonly netid: string;
  /** The universal address: `0.0.0.0.8.1`, `::.8.1`, `/run/x.sock`. */
  readonly address: string;
  /** The owner: a user id as text, "superuser", or "unknown" if the system does not report it. */
  readonly owner: string;
}

/** Limits on the registrations of a binder. */
export interface TableLimits {
  /** The most registrations. */
  readonly entries: number;
  /** The most bytes of all registrations in the answer to DUMP, which must fit into a record of 16 MiB. */
  readonly bytes: number;
  /** The most registrations of one owner other than the superuser, so that one user cannot fill the table. */
  readonly perOwner: number;
  /** The share of `entries` and `bytes`, 0 to 1, that is reserved for the superuser. */
  readonly reserved: number;
  /** The most bytes in a netid. */
  readonly netid: number;
  /** The most bytes in a universal address. */
  readonly address: number;
  /** The most bytes in an owner. */
  readonly owner: number;
}

/** The default limits of a binder's registrations. */
export const defaultTableLimits: TableLimits = Object.freeze({
  entries: 131_072,
  bytes: 12 * 1024 * 1024,
  perOwner: 16_384,
  reserved: 1 / 8,
  netid: 32,
  address: 255,
  owner: 64,
});

/** The owner of registrations whose user is unknown. */
export const unknownOwner = "unknown";

/** The owner for callers with user id 0, who may remove any registration. */
export const superuser = "superuser";

/** Program 100000: the binder itself. Nobody may set it, and only the superuser may unset it. */
export const binderProgram = 100_000;

export type RefusalReason = "taken" | "not owner" | "reserved" | "full" | "bad entry" | "not registered";

/** The journal to which changes are written before they take effect. */
export interface Journal {
  /** @throws the error that prevents writing the change; then it does not happen. */
  added(entry: BinderEntry): void;
  removed(entries: readonly BinderEntry[]): void;
}

type Versions = Map<string, BinderEntry>;

/** The netids that an address can have (`fromUniversalAddress`). */
const netids = ["tcp", "udp", "tcp6", "udp6", "local"] as const;

/** The registrations of one binder. */
export class RegistrationTable {
  readonly limits: TableLimits;
  readonly #entries = new Map<string, BinderEntry>();
  readonly #byProgram = new Map<number, Versions>();
  readonly #perOwner = new Map<string, number>();
  #bytes = 0;
  #revision = 0;
  #journal: Journal | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(limits: Partial<TableLimits> = {}) {
    this.limits = { ...defaultTableLimits, ...limits };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A number that differs after each change. */
  get revision(): number {
    return this.#revision;
  }

  /** From now on, `set` and `unset` write to a journal. */
  record(journal: Journal): void {
    this.#journal = journal;
  }

  /** Calls `changed` after each change. It must not throw. @returns a function that ends this. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  /** In the order of registration. */
  all(): BinderEntry[] {
    return [...this.#entries.values()];
  }

  /** All versions and transports of one program, in the order of registration. */
  ofProgram(program: number): BinderEntry[] {
    return [...(this.#byProgram.get(program)?.values() ?? [])];
  }

  /** Adds an entry without checks, for the binder's own entries. Peers use `set`. */
  put(entry: BinderEntry): void {
    this.#take(entry);
    const key = keyOf(entry);
    this.#entries.set(key, entry);
    this.#bytes += wireLength(entry);
    this.#revision++;
    const versions = this.#byProgram.get(entry.program) ?? new Map<string, BinderEntry>();
    versions.set(key, entry);
    this.#byProgram.set(entry.program, versions);
    this.#perOwner.set(entry.owner, this.#ownedBy(entry.owner) + 1);
    for (const changed of this.#watchers) changed();
  }

  /**
   * Registers. Repeating the same registration is not an error: a server that lost the reply asks twice.
   * @returns why not, or undefined on success.
   * @throws errors of the journal; then nothing is registered.
   */
  set(entry: BinderEntry): RefusalReason | undefined {
    if (entry.program === binderProgram) return "reserved";
    if (!this.#isSound(entry)) return "bad entry";
    const existing = this.#entries.get(keyOf(entry));
    if (existing !== undefined) {
      return existing.address === entry.address && existing.owner === entry.owner ? undefined : "taken";
    }
    if (this.#isFullFor(entry)) return "full";
    this.#journal?.added(entry);
    this.put(entry);
    return undefined;
  }

  /**
   * Removes a program version from one transport, or from all if netid is "". Entries of other owners stay.
   * @returns why nothing was removed, or undefined on success.
   * @throws errors of the journal; then nothing is removed.
   */
  unset(program: number, version: number, netid: string, owner: string): RefusalReason | undefined {
    if (program === binderProgram && owner !== superuser) return "reserved";
    const candidates = this.matching({ program, version, netid });
    if (candidates.length === 0) return "not registered";
    const own = candidates.filter((entry) => owner === superuser || entry.owner === owner);
    if (own.length === 0) return "not owner";
    this.remove(own);
    return undefined;
  }

  /** Removes these entries regardless of their owner. @throws errors of the journal; then nothing is removed. */
  remove(entries: readonly BinderEntry[]): void {
    if (entries.length === 0) return;
    // The binder's own entries are not in the journal: each start adds them again.
    const written = entries.filter(({ program }) => program !== binderProgram);
    if (written.length > 0) this.#journal?.removed(written);
    for (const entry of entries) this.#take(entry);
    for (const changed of this.#watchers) changed();
  }

  /** The registrations of a program version on one transport, or on all if netid is "". */
  matching({ program, version, netid }: Pick<BinderEntry, "program" | "version" | "netid">): BinderEntry[] {
    return (netid === "" ? netids : [netid]).flatMap((one) => this.find(program, version, one) ?? []);
  }

  /** Finds exactly this version on this transport. */
  find(program: number, version: number, netid: string): BinderEntry | undefined {
    return this.#entries.get(keyOf({ program, version, netid }));
  }

  /**
   * Finds this version, otherwise the highest other version of the program on this transport (RFC 1833 section 2.2.1,
   * version 4): the program itself reports its versions to a caller of a wrong one.
   */
  findAnyVersion(program: number, version: number, netid: string): BinderEntry | undefined {
    const exact = this.find(program, version, netid);
    if (exact !== undefined) return exact;
    let best: BinderEntry | undefined;
    for (const entry of this.#byProgram.get(program)?.values() ?? []) {
      if (entry.netid === netid && (best === undefined || entry.version > best.version)) best = entry;
    }
    return best;
  }

  #take(entry: BinderEntry): void {
    const key = keyOf(entry);
    const present = this.#entries.get(key);
    if (present === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= wireLength(present);
    this.#revision++;
    const versions = this.#byProgram.get(entry.program);
    versions?.delete(key);
    if (versions?.size === 0) this.#byProgram.delete(entry.program);
    const left = this.#ownedBy(present.owner) - 1;
    if (left > 0) this.#perOwner.set(present.owner, left);
    else this.#perOwner.delete(present.owner);
  }

  #ownedBy(owner: string): number {
    return this.#perOwner.get(owner) ?? 0;
  }

  #isFullFor(entry: BinderEntry): boolean {
    const { entries, bytes, perOwner, reserved } = this.limits;
    const isSuper = entry.owner === superuser;
    if (!isSuper && this.#ownedBy(entry.owner) >= perOwner) return true;
    const part = isSuper ? 1 : 1 - reserved;
    return this.#entries.size >= entries * part || this.#bytes + wireLength(entry) > bytes * part;
  }

  #isSound(entry: BinderEntry): boolean {
    const { limits } = this;
    if (Buffer.byteLength(entry.address) > limits.address || Buffer.byteLength(entry.owner) > limits.owner)
      return false;
    if (Buffer.byteLength(entry.netid) > limits.netid) return false;
    return isReachable(entry.netid, entry.address);
  }
}

/** Whether the address belongs to its netid and has a port on which something can listen. */
function isReachable(netid: string, text: string): boolean {
  const address = addressOf(netid, text);
  return address !== undefined && !("port" in address && address.port === 0);
}

/** Size of an entry in DUMP's list: the mark of an element, two numbers, three strings. */
function wireLength({ netid, address, owner }: BinderEntry): number {
  const lengths = [netid, address, owner].map((text) => 4 + ((Buffer.byteLength(text) + 3) & ~3));
  return lengths.reduce((sum, length) => sum + length, 12);
}

function keyOf({ program, version, netid }: Pick<BinderEntry, "program" | "version" | "netid">): string {
  return `${program}/${version}/${netid}`;
}
