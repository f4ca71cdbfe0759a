// The counters of a binder for GETSTAT (RFC 1833 section 2.2.1): calls by version and procedure, questions by program
// and transport, and forwarded calls.
import { RPCBSTAT_HIGHPROC, type rpcb_stat_byvers } from "./rpcbind.gen.js";

/** The versions in the order of rpcb_stat_byvers. */
const versions: readonly number[] = [2, 3, 4];

/** Wire counters are ints. */
const most = 0x7fff_ffff;

/**
 * The most programs, versions and transports with their own counters, for each version of the protocol. Later ones are
 * not counted.
 */
export const defaultCountedApart = 1024;

interface AddressCount {
  readonly prog: number;
  readonly vers: number;
  readonly netid: string;
  success: number;
  failure: number;
}

interface RemoteCount extends AddressCount {
  readonly proc: number;
  indirect: number;
}

interface VersionCounts {
  readonly info: number[];
  set: number;
  unset: number;
  readonly addresses: Map<string, AddressCount>;
  readonly remote: Map<string, RemoteCount>;
}

/** One question for an address. */
export interface CountedQuestion {
  readonly program: number;
  readonly version: number;
  readonly netid: string;
  readonly found: boolean;
}

/** One call that was forwarded, or not. */
export interface CountedRemoteCall extends CountedQuestion {
  readonly procedure: number;
  readonly indirect: boolean;
}

export class Statistics {
  readonly #countedApart: number;
  readonly #counts = versions.map<VersionCounts>(() => ({
    info: new Array<number>(RPCBSTAT_HIGHPROC).fill(0),
    set: 0,
    unset: 0,
    addresses: new Map(),
    remote: new Map(),
  }));

  constructor(countedApart = defaultCountedApart) {
    this.#countedApart = countedApart;
  }

  /** Counts a call, whatever its outcome. */
  called(version: number, procedure: number): void {
    const info = this.#of(version)?.info;
    const before = info?.[procedure];
    if (info !== undefined && before !== undefined) info[procedure] = Math.min(most, before + 1);
  }

  /** Counts a successful registration or removal. */
  changed(version: number, kind: "set" | "unset"): void {
    const counts = this.#of(version);
    if (counts !== undefined) counts[kind] = Math.min(most, counts[kind] + 1);
  }

  /** Counts a question through a version of the binder's protocol. */
  asked(through: number, { program, version, netid, found }: CountedQuestion): void {
    const table = this.#of(through)?.addresses;
    const count =
      table === undefined
        ? undefined
        : this.#entry(table, `${program}/${version}/${netid}`, () => ({
            prog: program,
            vers: version,
            netid,
            success: 0,
            failure: 0,
          }));
    if (count !== undefined) score(count, found);
  }

  /** Counts a CALLIT, BCAST or INDIRECT. */
  remote(through: number, { program, version, procedure, netid, indirect, found }: CountedRemoteCall): void {
    const table = this.#of(through)?.remote;
    const key = `${program}/${version}/${procedure}/${netid}`;
    const count =
      table === undefined
        ? undefined
        : this.#entry(table, key, () => ({
            prog: program,
            vers: version,
            proc: procedure,
            netid,
            success: 0,
            failure: 0,
            indirect: 0,
          }));
    if (count === undefined) return;
    score(count, found);
    if (indirect) count.indirect = Math.min(most, count.indirect + 1);
  }

  toWire(): rpcb_stat_byvers {
    return this.#counts.map(({ info, set, unset, addresses, remote }) => ({
      info: [...info],
      setinfo: set,
      unsetinfo: unset,
      addrinfo: [...addresses.values()],
      rmtinfo: [...remote.values()],
    }));
  }

  #entry<T>(table: Map<string, T>, key: string, make: () => T): T | undefined {
    const known = table.get(key);
    if (known !== undefined || table.size >= this.#countedApart) return known;
    const entry = make();
    table.set(key, entry);
    return entry;
  }

  #of(version: number): VersionCounts | undefined {
    return this.#counts[version - 2];
  }
}

function score(count: AddressCount, found: boolean): void {
  if (found) count.success = Math.min(most, count.success + 1);
  else count.failure = Math.min(most, count.failure + 1);
}
