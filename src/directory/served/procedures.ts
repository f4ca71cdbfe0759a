// The procedures of directory.x as a directory server answers them.
import type { Clock } from "../../base/clock.js";
import { limitEvents } from "../../machine/event-limit.js";
import { isLoopback } from "../../machine/ip-address.js";
import { Neighbours } from "../../machine/neighbours.js";
import { RateLimit, type RateLimits } from "../../machine/rate.js";
import { Deadlines } from "../../peer/deadlines.js";
import type { IncomingCall } from "../../rpc/call.js";
import type { Program } from "../../rpc/program.js";
import type { Implementation } from "../../rpc/stubs.js";
import { refuse } from "../../server/refuse.js";
import { silence } from "../../server/silence.js";
import {
  DIR_MAXENTRIES,
  DIR_MAXWHY,
  DIRECTORY_V1,
  type DIRECTORY_V1_Procedures,
  dir_action,
  type dir_change,
  type dir_entry,
  type dir_list_result,
  type dir_listing,
  type dir_lookup_result,
  type dir_outcome,
  type dir_proved,
  type dir_registration,
  dir_stat,
  type dir_watching,
  type dir_withdrawal,
} from "../directory.gen.js";
import { DirectoryError } from "../errors.js";
import { checkFolder, checkPath } from "../path.js";
import { type Caller, callerOf, isProved, isTheSameForAll, toldAddresses } from "./addresses.js";
import { causeOf, type DirectoryLog } from "./events.js";
import { leastRestoredLease } from "./limits.js";
import type { Policy } from "./policy.js";
import { ProofChecker } from "./proof.js";
import type { Holder, Registered } from "./registered.js";
import { Registrations, type RejectedChange } from "./registrations.js";
import { SharedAnswers } from "./shared-answers.js";
import { newEpoch, type ServiceTable } from "./table.js";
import { type Watcher, Watches } from "./watches.js";

export interface Rules {
  readonly policy: Policy;
  readonly rate: RateLimits;
  /** Milliseconds, see DirectoryServerOptions. */
  readonly grace: number;
  readonly settling: number;
  readonly log: DirectoryLog;
  readonly clock: Clock;
}

/** The state of one connection. */
interface Connection extends Holder, Watcher {
  /** Random, so that a change that was recorded on another connection is not accepted. */
  readonly identity: bigint;
}

/** The procedures of one directory, and what they share. */
export class Procedures {
  readonly table: ServiceTable;
  readonly registrations: Registrations;
  readonly watches: Watches;
  readonly #rules: Rules;
  readonly #rate: RateLimit;
  /** The identity of callers over UDP, who have no connection. New at each start. */
  readonly #identity: bigint;
  readonly #proofs: ProofChecker;
  readonly #neighbours = new Neighbours();
  readonly #answers = new SharedAnswers();
  readonly #connections = new Map<object, Connection>();
  #connectionsSoFar = 0;

  constructor(table: ServiceTable, given: Rules) {
    const { grace, clock } = given;
    const log = limitEvents(given.log, causeOf, () => clock.now());
    const rules = { ...given, log };
    const deadlines = new Deadlines(clock);
    this.table = table;
    this.watches = new Watches(
      table,
      deadlines,
      onceAMinute(clock, (host) => log({ kind: "crowded", what: "watches", host })),
    );
    const changed = (path: string): void => this.watches.changed(path);
    const crowded = onceAMinute(clock, (host) => log({ kind: "crowded", what: "registrations", host }));
    this.registrations = new Registrations(table, deadlines, { grace, log, crowded, changed });
    this.#rules = rules;
    this.#rate = new RateLimit(rules.rate, () => clock.now());
    this.#identity = newEpoch();
    this.#proofs = new ProofChecker(rules.policy.secrets, { now: () => clock.date() });
  }

  /** The program, which sends long answers as they were encoded for the first caller. */
  get program(): Program<DIRECTORY_V1_Procedures> {
    const { lookup, watch } = DIRECTORY_V1.procedures;
    const procedures = { ...DIRECTORY_V1.procedures, lookup: this.#answers.of(lookup), watch: this.#answers.of(watch) };
    return { ...DIRECTORY_V1, procedures };
  }

  readonly implementation: Implementation<DIRECTORY_V1_Procedures> = {
    null: (call) => this.#admit(call),
    register: (what, call) => this.#changed(registering(what), this.#callerOf(call), call, unproved),
    withdraw: (path, id, call) => this.#changed(withdrawing({ path, id }), this.#callerOf(call), call, unproved),
    change: (proved, call) => {
      // Without secrets nothing can be verified, so proofs are ignored.
      const known = this.#callerOf(call);
      const caller = this.#proofs.isNeeded ? { ...known, owner: proved.claim.key } : known;
      return this.#changed(proved.claim.change, caller, call, proved);
    },
    lookup: (path, call) => this.#lookup(path, call),
    watch: (what, call) => this.#watch(what, call),
    list: (what, call) => this.#list(what, call),
    identity: (call) => {
      this.#admit(call);
      return this.#identityOf(call);
    },
  };

  /** Starts. `restored`: the earlier registrations were loaded. */
  start(restored: boolean): void {
    if (restored) this.registrations.expect(leastRestoredLease);
    else this.watches.settleFor(this.#rules.settling);
  }

  close(): void {
    this.watches.close();
    this.registrations.close();
  }

  /** A connection has ended. */
  disconnected(peer: object): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    this.#connections.delete(peer);
    this.watches.disconnected(connection);
    this.registrations.disconnected(connection);
  }

  /** REGISTER and WITHDRAW, with or without a proof. */
  #changed(change: dir_change, caller: Caller, call: IncomingCall, proved: dir_proved | undefined): dir_outcome {
    const isRegistration = change.action === dir_action.DIR_REGISTER;
    const { path } = isRegistration ? change.registration : change.withdrawal;
    const refusal =
      this.#limit(call, caller) ??
      (isRegistration ? this.#whyNot(caller) : undefined) ??
      checked(checkPath, path) ??
      this.#proved(proved, caller, call, () => this.#carryOut(change, caller, call));
    return this.#outcome(isRegistration ? "register" : "withdraw", path, caller, refusal);
  }

  #carryOut(change: dir_change, caller: Caller, call: IncomingCall): RejectedChange | undefined {
    const holder = this.#connectionOf(call);
    if (change.action === dir_action.DIR_WITHDRAW) {
      const { path, id } = change.withdrawal;
      return this.registrations.withdraw(path, id, caller, holder);
    }
    const { registration } = change;
    const entry = this.#rules.policy.capped(registration.entry);
    return this.registrations.register({ ...registration, entry }, caller, holder);
  }

  #whyNot(caller: Caller): RejectedChange | undefined {
    if (isProved(caller)) return undefined;
    const why = this.#rules.policy.refuses(caller.origin);
    return why === undefined ? undefined : notAllowed(why);
  }

  /** Carries a change out if its proof is valid, or none is needed. */
  #proved(
    proved: dir_proved | undefined,
    caller: Caller,
    call: IncomingCall,
    carryOut: () => RejectedChange | undefined,
  ): RejectedChange | undefined {
    if (!this.#proofs.isNeeded) return carryOut();
    if (proved !== undefined) {
      const source = {
        origin: caller.origin,
        directory: this.#identityOf(call),
        mayRepeat: call.remote.kind === "udp",
      };
      return this.#proofs.once(proved, source, carryOut);
    }
    if (isProved(caller)) return carryOut();
    return notAllowed("it accepts changes only from callers that prove that they have one of its secrets");
  }

  #lookup(path: string, call: IncomingCall): dir_lookup_result {
    const caller = this.#callerOf(call);
    const refusal = this.#limit(call, caller) ?? checked(checkPath, path);
    return refusal === undefined ? this.#servicesAt(path, caller) : refused(refusal);
  }

  #watch({ path, known, wait }: dir_watching, call: IncomingCall): dir_lookup_result | Promise<dir_lookup_result> {
    const caller = this.#callerOf(call);
    const refusal = this.#limit(call, caller) ?? checked(checkPath, path);
    if (refusal !== undefined) return refused(refusal);
    const watcher = this.#connectionOf(call);
    // A repeated datagram would be a second watch, so UDP callers are answered at once and ask again.
    if (watcher === undefined) return this.#servicesAt(path, caller);
    // A second watch of a path takes the place of the first.
    const full = watcher.watches.has(path) ? undefined : this.watches.full(watcher);
    if (full !== undefined) return refused({ status: dir_stat.DIR_FULL, why: full });
    const told = this.watches.wait({ path, known, wait, watcher });
    return told === undefined ? this.#servicesAt(path, caller) : told.then(() => this.#servicesAt(path, caller));
  }

  #list({ folder, after }: dir_listing, call: IncomingCall): dir_list_result {
    const refusal = this.#limit(call, this.#callerOf(call)) ?? checked(checkFolder, folder);
    if (refusal !== undefined) return refused(refusal);
    return { status: dir_stat.DIR_OK, found: this.table.list(folder, after, DIR_MAXENTRIES) };
  }

  #servicesAt(path: string, caller: Caller): dir_lookup_result {
    const revision = this.table.revision(path);
    const make = (): dir_lookup_result => {
      return { status: dir_stat.DIR_OK, services: { revision, entries: this.#entriesFor(path, caller) } };
    };
    if (this.table.bytesAt(path) < leastShared) return make();
    const isForAll = this.table.at(path).every((item) => this.#isForAll(item));
    const state = [revision.epoch, revision.change, isForAll ? undefined : this.#neighbours.interfaces()];
    return this.#answers.get(`${isForAll ? "" : placeOf(caller)} ${path}`, state, make);
  }

  #isForAll(item: Registered): boolean {
    item.isTheSameForAll ??= isTheSameForAll(item);
    return item.isTheSameForAll;
  }

  #entriesFor(path: string, caller: Caller): dir_entry[] {
    return this.table.at(path).flatMap((item) => {
      if (this.#isForAll(item)) return [item.entry];
      const addresses = toldAddresses(item, caller, this.#neighbours.interfaces);
      return addresses.length === 0 ? [] : [{ ...item.entry, addresses: [...addresses] }];
    });
  }

  #callerOf(call: IncomingCall): Caller {
    return callerOf(call, this.#neighbours.interfaces);
  }

  /** Datagrams have no connection: the sender can write any source address. */
  #connectionOf(call: IncomingCall): Connection | undefined {
    const { peer, remote } = call;
    if (remote.kind === "udp") return undefined;
    let connection = this.#connections.get(peer);
    if (connection === undefined) {
      const { origin } = this.#callerOf(call);
      const number = ++this.#connectionsSoFar;
      connection = { origin, number, identity: newEpoch(), holds: new Set(), watches: new Map(), unread: 0 };
      this.#connections.set(peer, connection);
    }
    this.watches.heard(connection);
    return connection;
  }

  #identityOf(call: IncomingCall): bigint {
    return this.#connectionOf(call)?.identity ?? this.#identity;
  }

  /** Limits the rate of NULL and IDENTITY: further calls get no answer. */
  #admit(call: IncomingCall): void {
    if (this.#isTooFast(call)) throw silence();
  }

  /** @throws RpcRefused PROC_UNAVAIL for datagrams of other machines: their source may be a victim of the answer. */
  #limit(call: IncomingCall, { origin }: Caller): RejectedChange | undefined {
    if (call.remote.kind === "udp" && origin !== "") throw refuse("RPC_PROC_UNAVAIL", { mayHaveRun: false });
    if (!this.#isTooFast(call)) return undefined;
    const { perSecond } = this.#rules.rate;
    return { status: dir_stat.DIR_FULL, why: `${origin} makes more than ${perSecond} calls a second` };
  }

  #isTooFast({ remote }: IncomingCall): boolean {
    if (!("host" in remote) || isLoopback(remote.host)) return false;
    const verdict = this.#rate.take(remote.host);
    if (verdict === "first") this.#rules.log({ kind: "flood", by: remote });
    return verdict !== "ok";
  }

  #outcome(
    what: "register" | "withdraw",
    path: string,
    caller: Caller,
    refusal: RejectedChange | undefined,
  ): dir_outcome {
    if (refusal === undefined) return { status: dir_stat.DIR_OK };
    this.#rules.log({ kind: "refused", what, path, why: refusal.why, by: caller.remote });
    return refused(refusal);
  }
}

function onceAMinute(clock: Clock, report: (host: string) => void): (host: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (host) => {
    if (clock.now() - last < 60_000) return;
    last = clock.now();
    report(host);
  };
}

/** The parts of a caller on which the addresses that it gets depend. */
function placeOf({ origin, remote, local }: Caller): string {
  const hosts = [remote, local].map((one) => (one !== undefined && "host" in one ? one.host : one?.kind));
  return JSON.stringify([origin, ...hosts]);
}

/** Bytes of a path's registrations from which the answers to several callers are one. */
const leastShared = 4_096;

/** A change without a proof. */
const unproved = undefined;

function registering(registration: dir_registration): dir_change {
  return { action: dir_action.DIR_REGISTER, registration };
}

function withdrawing(withdrawal: dir_withdrawal): dir_change {
  return { action: dir_action.DIR_WITHDRAW, withdrawal };
}

function notAllowed(why: string): RejectedChange {
  return { status: dir_stat.DIR_NOT_ALLOWED, why };
}

function refused({ status, why }: RejectedChange): { status: RejectedChange["status"]; why: string } {
  return { status, why: Buffer.byteLength(why) <= DIR_MAXWHY ? why : `${why.slice(0, DIR_MAXWHY / 4)}...` };
}

/** Refuse a path that is not in the form that engines send: it would differ from the path that others look up. */
function checked(check: (path: string) => string, path: string): RejectedChange | undefined {
  try {
    if (check(path) === path) return undefined;
    return { status: dir_stat.DIR_BAD_PATH, why: `bad service path ${JSON.stringify(path)}: it ends with a slash` };
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return { status: dir_stat.DIR_BAD_PATH, why: error.message };
  }
}
