// Versions 3 and 4 as a binder serves them (RFC 1833 section 2). Remote calls (CALLIT, BCAST, INDIRECT) are not served:
// they made binders relays for attacks.
import type { Call } from "../../rpc/call.js";
import type { Program } from "../../rpc/program.js";
import type { Implementation } from "../../rpc/stubs.js";
import { netidOf } from "../../transport/address.js";
import { ownerOf, refuseAmplification } from "./access.js";
import { fromWire, toWire } from "./client.js";
import { reachableAddress } from "./reachable.js";
import {
  type netbuf,
  RPCBVERS,
  type RPCBVERS_Procedures,
  RPCBVERS4,
  type RPCBVERS4_Procedures,
  type rpcb,
  type rpcb_entry,
} from "./rpcbind.gen.js";
import type { Statistics } from "./statistics.js";
import type { BinderEntry, RegistrationTable } from "./table.js";
import { fromTransportAddress, toTransportAddress } from "./taddr.js";

/** What the three versions of one binder share. */
export interface BinderState {
  readonly table: RegistrationTable;
  readonly statistics: Statistics;
}

type Served3 = Omit<RPCBVERS_Procedures, "callit">;
type Served4 = Omit<RPCBVERS4_Procedures, "bcast" | "indirect">;

/** Version 3 without CALLIT, which so gets PROC_UNAVAIL. */
export const servedVersion3: Program<Served3> = without(RPCBVERS, ["callit"]);

/** Version 4 without BCAST and INDIRECT. */
export const servedVersion4: Program<Served4> = without(RPCBVERS4, ["bcast", "indirect"]);

/** The program less some procedures. */
export function without<P extends Record<string, unknown>, K extends keyof P & string>(
  program: { readonly procedures: P } & Omit<Program, "procedures">,
  names: readonly K[],
): Omit<Program, "procedures"> & { readonly procedures: Omit<P, K> } {
  const kept = Object.entries(program.procedures).filter(([name]) => !names.includes(name as K));
  return { ...program, procedures: Object.fromEntries(kept) as Omit<P, K> };
}

export function serveVersion3(state: BinderState): Implementation<Served3> {
  const { table, statistics } = state;
  return {
    set(what, call) {
      const entry = { ...fromWire(what), owner: ownerOf(call, what.r_owner) };
      return done(table.set(entry), () => statistics.changed(call.program.version, "set"));
    },
    unset(what, call) {
      const refusal = table.unset(what.r_prog, what.r_vers, what.r_netid, ownerOf(call, what.r_owner));
      return done(refusal, () => statistics.changed(call.program.version, "unset"));
    },
    getaddr(question, call) {
      return addressFor(table.findAnyVersion(question.r_prog, question.r_vers, netidOfCall(call)), question, call);
    },
    dump(call) {
      refuseAmplification(call);
      return table.all().map((entry) => ({ rpcb_map: toWire(entry) }));
    },
    gettime: () => Math.floor(Date.now() / 1000) % 0x1_0000_0000,
    uaddr2taddr: (text, call) => transportAddress(netidOfCall(call), text),
    taddr2uaddr: ({ buf }) => fromTransportAddress(buf),
  };
}

export function serveVersion4(state: BinderState): Implementation<Served4> {
  const { table, statistics } = state;
  return {
    ...serveVersion3(state),
    getversaddr(question, call) {
      return addressFor(table.find(question.r_prog, question.r_vers, netidOfCall(call)), question, call);
    },
    getaddrlist(question, call) {
      refuseAmplification(call);
      const family = familyOf(netidOfCall(call));
      return table
        .all()
        .filter(({ program, version, netid }) => {
          return program === question.r_prog && version === question.r_vers && familyOf(netid) === family;
        })
        .map((entry) => ({ rpcb_entry_map: describe(entry, question, call) }));
    },
    getstat(call) {
      refuseAmplification(call);
      return statistics.toWire();
    },
  };
}

function done(refusal: unknown, count: () => void): boolean {
  if (refusal !== undefined) return false;
  count();
  return true;
}

/** RFC 1833 section 2.2.1: the transport that is asked about is the one that the question came over. */
export function netidOfCall(call: Call): string {
  return netidOf(call.remote);
}

function addressFor(entry: BinderEntry | undefined, question: rpcb, call: Call): string {
  if (entry === undefined) return "";
  const { remote, peer } = call;
  return reachableAddress(entry.netid, entry.address, { remote, local: peer?.local, hint: question.r_addr });
}

function describe(entry: BinderEntry, question: rpcb, call: Call): rpcb_entry {
  const { netid } = entry;
  const isLocal = netid === "local";
  return {
    r_maddr: addressFor(entry, question, call),
    r_nc_netid: netid,
    r_nc_semantics: isLocal || netid.startsWith("tcp") ? 3 : 1,
    r_nc_protofmly: familyOf(netid),
    r_nc_proto: isLocal ? "-" : netid.slice(0, 3),
  };
}

function familyOf(netid: string): string {
  return netid === "local" ? "loopback" : netid.endsWith("6") ? "inet6" : "inet";
}

function transportAddress(netid: string, text: string): netbuf {
  try {
    const buf = toTransportAddress(netid, text);
    return { maxlen: buf.length, buf };
  } catch {
    return { maxlen: 0, buf: new Uint8Array() };
  }
}
