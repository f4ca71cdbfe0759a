// Versions 3 and 4 as a binder serves them (RFC 1833 section 2).
import { systemClock } from "../../base/clock.js";
import type { IncomingCall } from "../../rpc/call.js";
import { nullProcedure } from "../../rpc/null.js";
import type { Procedure, Procedures, Program } from "../../rpc/program.js";
import type { Implementation } from "../../rpc/stubs.js";
import { netidOf } from "../../transport/address.js";
import type { Encodable } from "../../xdr/type.js";
import { type Access, callerOf } from "./access.js";
import { fromWire, toWire } from "./client.js";
import { EncodedDump, withEncodedResult } from "./encoded-dump.js";
import { reachableAddress } from "./reachable.js";
import type { RemoteCall, RemoteCalls } from "./remote-calls.js";
import {
  type netbuf,
  RPCBVERS,
  type RPCBVERS_Procedures,
  RPCBVERS4,
  type RPCBVERS4_Procedures,
  type rpcb,
  type rpcb_entry,
  type rpcb_rmtcallres,
  rpcblist_ptr,
} from "./rpcbind.gen.js";
import type { Statistics } from "./statistics.js";
import { type BinderEntry, binderProgram, type RegistrationTable } from "./table.js";
import { fromTransportAddress, toTransportAddress } from "./taddr.js";

/** State that the three versions of one binder share. */
export interface BinderState {
  readonly table: RegistrationTable;
  readonly statistics: Statistics;
  readonly access: Access;
  readonly remoteCalls: RemoteCalls;
  /** Called after a registration, which is a good time to check whether its server is running. */
  readonly touched: () => void;
  /** Waits until it is certain whether a server, or all servers, still run. See `Survey.current`. */
  readonly current: (entry?: BinderEntry) => Promise<void> | undefined;
}

/**
 * A program's procedures as the binder serves them: with procedure 0, which is counted, and with DUMP's result as
 * encoded bytes.
 */
export type Served<P extends Procedures> = Omit<P, "dump"> & {
  readonly null: typeof nullProcedure;
  readonly dump: Procedure<[], Uint8Array>;
};

export const servedVersion3: Program<Served<RPCBVERS_Procedures>> = served(RPCBVERS);
export const servedVersion4: Program<Served<RPCBVERS4_Procedures>> = served(RPCBVERS4);

export function served<P extends Procedures & { readonly dump: Procedure<[], unknown> }>(
  program: Program<P>,
): Program<Served<P>> {
  const { dump, ...others } = program.procedures;
  return { ...program, procedures: { ...others, null: nullProcedure, dump: withEncodedResult(dump) } };
}

/** Wraps an implementation so that every call is admitted and counted first. */
export function guarded<P extends Procedures>(
  program: Program<P>,
  implementation: Implementation<P>,
  { access, statistics }: BinderState,
): Implementation<P> {
  const guards = Object.entries(program.procedures).map(([name, { number }]) => {
    const method = (implementation as unknown as Record<string, (first: unknown, second?: unknown) => unknown>)[name];
    // The call is the last argument, after at most one other.
    const guard = (first: unknown, second?: unknown): unknown => {
      access.admit((second ?? first) as IncomingCall);
      statistics.called(program.version, number);
      return method?.(first, second);
    };
    return [name, guard] as const;
  });
  return Object.fromEntries(guards) as unknown as Implementation<P>;
}

export function serveVersion3(state: BinderState): Implementation<Served<RPCBVERS_Procedures>> {
  return guarded(
    servedVersion3,
    { ...common(state), callit: (what, call) => forward(state, what, false, call) },
    state,
  );
}

export function serveVersion4(state: BinderState): Implementation<Served<RPCBVERS4_Procedures>> {
  const { table, statistics, access } = state;
  const implementation: Implementation<Served<RPCBVERS4_Procedures>> = {
    ...common(state),
    bcast: (what, call) => forward(state, what, false, call),
    indirect: (what, call) => forward(state, what, true, call),
    getversaddr(question, call) {
      return answer(state, () => table.find(question.r_prog, question.r_vers, netidOfCall(call)), question, call);
    },
    async getaddrlist(question, call) {
      access.refuseAmplification(call);
      await state.current();
      const { r_prog: program, r_vers: wanted } = question;
      const asked = netidOfCall(call);
      const found = table
        .ofProgram(program)
        .filter(({ version, netid }) => version === wanted && familyOf(netid) === familyOf(asked));
      statistics.asked(4, { program, version: wanted, netid: asked, found: found.length > 0 });
      return found.map((entry) => ({ rpcb_entry_map: entryFor(state, entry, question, call) }));
    },
    getstat(call) {
      access.refuseAmplification(call);
      return statistics.toWire();
    },
  };
  return guarded(servedVersion4, implementation, state);
}

/** The procedures that versions 3 and 4 share. */
function common(state: BinderState) {
  const { table, access } = state;
  const dumped = new EncodedDump(table, rpcblist_ptr, (all) => all.map((entry) => ({ rpcb_map: toWire(entry) })));
  return {
    null: () => undefined,
    set: (what: rpcb, call: IncomingCall) => {
      return ownedBy(access.ownerOf(call, what.r_owner), (owner) => {
        return register(state, { ...fromWire(what), owner }, call);
      });
    },
    unset: ({ r_prog, r_vers, r_netid, r_owner }: rpcb, call: IncomingCall) => {
      const key = { program: r_prog, version: r_vers, netid: r_netid };
      return unregister(state, [key], r_owner, call);
    },
    getaddr(question: rpcb, call: IncomingCall) {
      const netid = netidOfCall(call);
      return answer(state, () => table.findAnyVersion(question.r_prog, question.r_vers, netid), question, call);
    },
    dump(call: IncomingCall) {
      access.refuseAmplification(call);
      return after(state.current(), () => dumped.bytes());
    },
    gettime: () => Math.floor(systemClock.date() / 1000) % 0x1_0000_0000,
    uaddr2taddr: (text: string, call: IncomingCall) => transportAddress(netidOfCall(call), text),
    taddr2uaddr: ({ buf }: netbuf) => fromTransportAddress(buf),
  };
}

/** Returns at once if the owner is known: no promise is needed then. */
export function ownedBy<T>(owner: string | Promise<string>, work: (owner: string) => T | Promise<T>): T | Promise<T> {
  return typeof owner === "string" ? work(owner) : owner.then(work);
}

/** Runs `work` after `ready`; at once, and without a promise, if `ready` is undefined. */
export function after<T>(ready: Promise<void> | undefined, work: () => T): T | Promise<T> {
  return ready === undefined ? work() : ready.then(work);
}

/** The result of `find`, once it is certain that its server still runs. */
export function findLive(
  state: BinderState,
  find: () => BinderEntry | undefined,
): BinderEntry | undefined | Promise<BinderEntry | undefined> {
  const entry = find();
  const ready = entry === undefined ? undefined : state.current(entry);
  return ready === undefined ? entry : ready.then(find);
}

/** SET in any version. Replaces the registration of a server that has stopped. */
export function register(state: BinderState, entry: BinderEntry, call: IncomingCall): boolean | Promise<boolean> {
  const existing = state.table.find(entry.program, entry.version, entry.netid);
  const isOther = existing !== undefined && existing.address !== entry.address;
  return after(isOther ? state.current(existing) : undefined, () => set(state, entry, call));
}

function set(state: BinderState, entry: BinderEntry, call: IncomingCall): boolean {
  const { table, statistics, access, touched, remoteCalls } = state;
  const before = table.revision;
  const refusal = table.set(entry);
  // Do not log a server that confirms its own registration.
  if (refusal !== undefined || table.revision !== before) {
    access.tell({ kind: "set", entry, by: callerOf(call, entry.owner), refusal });
  }
  if (refusal !== undefined) return false;
  statistics.changed(call.program.version, "set");
  remoteCalls.prepare(entry);
  touched();
  return true;
}

/** The properties that identify a registration for UNSET. */
type Key = Pick<BinderEntry, "program" | "version" | "netid">;

/**
 * UNSET in any version. Succeeds if the entries do not exist, so that a caller that lost the reply and repeats the call
 * gets the same answer. Then the owner does not matter: C servers unregister before they register.
 */
export function unregister(
  state: BinderState,
  keys: readonly Key[],
  claimed: string,
  call: IncomingCall,
): boolean | Promise<boolean> {
  const { table, access } = state;
  const isThere = keys.some((key) => key.program === binderProgram || table.matching(key).length > 0);
  const owner = isThere ? access.ownerOf(call, claimed) : access.knownOwnerOf(call);
  return ownedBy(owner, (known) => {
    const results = keys.map((key) => unset(state, key, known, call));
    return !results.includes(false);
  });
}

function unset({ table, statistics, access }: BinderState, key: Key, owner: string, call: IncomingCall): boolean {
  const { program, version, netid } = key;
  const refusal = table.unset(program, version, netid, owner);
  // Servers remove entries that never existed before they register: do not log that.
  if (refusal !== "not registered") {
    access.tell({ kind: "unset", program, version, netid, by: callerOf(call, owner), refusal });
  }
  if (refusal !== undefined && refusal !== "not registered") return false;
  statistics.changed(call.program.version, "unset");
  return true;
}

/** RFC 1833 section 2.2.1: the answer is for the transport of the question. */
export function netidOfCall(call: IncomingCall): string {
  return netidOf(call.remote);
}

/** The answer to a question for one address, counted. */
function answer(
  state: BinderState,
  find: () => BinderEntry | undefined,
  question: rpcb,
  call: IncomingCall,
): string | Promise<string> {
  const found = findLive(state, find);
  const tell = (entry: BinderEntry | undefined): string => {
    const { r_prog: program, r_vers: version, r_addr: hint } = question;
    state.statistics.asked(call.program.version, {
      program,
      version,
      netid: netidOfCall(call),
      found: entry !== undefined,
    });
    return entry === undefined ? "" : addressFor(state, entry, hint, call);
  };
  return found instanceof Promise ? found.then(tell) : tell(found);
}

async function forward(
  state: BinderState,
  what: RemoteCall,
  indirect: boolean,
  call: IncomingCall,
): Promise<Encodable<rpcb_rmtcallres>> {
  const { entry, results } = await state.remoteCalls.forward(what, { netid: netidOfCall(call), indirect }, call);
  return { addr: addressFor(state, entry, "", call), results };
}

function addressFor(
  { access }: BinderState,
  { netid, address }: BinderEntry,
  hint: string,
  call: IncomingCall,
): string {
  const { remote, peer } = call;
  return reachableAddress(netid, address, { remote, local: peer.local, hint }, access.neighbours.interfaces);
}

function entryFor(state: BinderState, entry: BinderEntry, question: rpcb, call: IncomingCall): rpcb_entry {
  const { netid } = entry;
  const isLocal = netid === "local";
  return {
    r_maddr: addressFor(state, entry, question.r_addr, call),
    r_nc_netid: netid,
    r_nc_semantics: isLocal || netid.startsWith("tcp") ? 3 : 1,
    r_nc_protofmly: familyOf(netid),
    r_nc_proto: isLocal ? "-" : netid.slice(0, 3),
  };
}

function familyOf(netid: string): string {
  return netid === "local" ? "loopback" : netid.endsWith("6") ? "inet6" : "inet";
}

function transportAddress(netid: string, text: string): Encodable<netbuf> {
  try {
    const buf = toTransportAddress(netid, text);
    return { maxlen: buf.length, buf };
  } catch {
    return { maxlen: 0, buf: new Uint8Array() };
  }
}
