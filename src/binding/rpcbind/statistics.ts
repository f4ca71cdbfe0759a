// What a binder counts for GETSTAT (RFC 1833 section 2.2.1): calls by version and procedure.
import type { Call } from "../../rpc/call.js";
import { RPCBSTAT_HIGHPROC, type rpcb_stat_byvers } from "./rpcbind.gen.js";

/** The versions in the order of rpcb_stat_byvers. */
const versions: readonly number[] = [2, 3, 4];

/** Wire counters are ints. */
const most = 0x7fff_ffff;

interface VersionCounts {
  readonly info: number[];
  set: number;
  unset: number;
}

export class Statistics {
  readonly #counts = versions.map<VersionCounts>(() => ({
    info: new Array<number>(RPCBSTAT_HIGHPROC).fill(0),
    set: 0,
    unset: 0,
  }));

  /** Counts a call, whatever becomes of it. */
  called({ program, procedure }: Pick<Call, "program" | "procedure">): void {
    const info = this.#of(program.version)?.info;
    const before = info?.[procedure.number];
    if (info !== undefined && before !== undefined) info[procedure.number] = Math.min(most, before + 1);
  }

  /** Counts a registration or removal that was done. */
  changed(version: number, kind: "set" | "unset"): void {
    const counts = this.#of(version);
    if (counts !== undefined) counts[kind] = Math.min(most, counts[kind] + 1);
  }

  toWire(): rpcb_stat_byvers {
    return this.#counts.map(({ info, set, unset }) => ({
      info: [...info],
      setinfo: set,
      unsetinfo: unset,
      addrinfo: [],
      rmtinfo: [],
    }));
  }

  #of(version: number): VersionCounts | undefined {
    return this.#counts[versions.indexOf(version)];
  }
}
