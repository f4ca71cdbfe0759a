// Calls that a binder forwards for others: CALLIT, BCAST and INDIRECT (RFC 1833 sections 2.2.1 and 3.2). Off by
// default: binders were abused as relays for attacks. A call is forwarded without its credential, and only to this
// machine.

import { BrandedError } from "../../base/brand.js";
import { messageOf } from "../../base/show.js";
import { isWildcard } from "../../machine/ip-address.js";
import type { IncomingCall } from "../../rpc/call.js";
import { RpcRefused, RpcRejected } from "../../rpc/errors.js";
import { silence } from "../../server/silence.js";
import { type Address, fromUniversalAddress } from "../../transport/address.js";
import { groupOf } from "../../transport/address-group.js";
import { timesFree } from "../../transport/budget.js";
import { type Access, callerOf } from "./access.js";
import { privilegedPrograms } from "./privileged.js";
import { RawCalls } from "./raw-calls.js";
import { deny, refuse } from "./refusing.js";
import type { Statistics } from "./statistics.js";
import { type BinderEntry, binderProgram, type RegistrationTable, unknownOwner } from "./table.js";

/** Limits of calls that a binder makes for others (CALLIT, BCAST, INDIRECT). */
export interface RemoteCallLimits {
  /** The most calls at once. A further call is treated as if the program did not answer. One host may have four fifths of them. */
  readonly inFlight: number;
  /** Milliseconds for one call. */
  readonly timeout: number;
  /** The most bytes of arguments, and of results: the usual UDP buffer of C programs. */
  readonly bytes: number;
  /** A UDP reply to a host outside the machine's own networks is at most this many times as long as its request. */
  readonly amplification: number;
}

/** The default limits of remote calls: 64 at once, 5 seconds, 8,800 bytes, amplification 2. */
export const defaultRemoteCallLimits: RemoteCallLimits = Object.freeze({
  inFlight: 64,
  timeout: 5_000,
  bytes: 8_800,
  amplification: 2,
});

/** The procedure to call: the arguments of CALLIT, BCAST and INDIRECT. */
export interface RemoteCall {
  readonly prog: number;
  readonly vers: number;
  readonly proc: number;
  readonly args: Uint8Array;
}

/** The procedure of the binder that was called. */
export interface RemoteCallManner {
  /** Netid of the transport that the program is called over. */
  readonly netid: string;
  /** INDIRECT reports errors; the others stay silent. */
  readonly indirect: boolean;
}

/** The program's answer, and the registration that was used. */
export interface RemoteAnswer {
  readonly entry: BinderEntry;
  readonly results: Uint8Array;
}

export interface RemoteCallsContext {
  readonly table: RegistrationTable;
  readonly statistics: Statistics;
  readonly access: Access;
  /** Default false. */
  readonly enabled: boolean;
  readonly limits?: Partial<RemoteCallLimits> | undefined;
}

/** Size of a CALLIT header with AUTH_NONE, and of the longest reply with an address, for the amplification ratio. */
const requestOverhead = 56;
const replyOverhead = 80;

export class RemoteCalls {
  readonly #context: RemoteCallsContext;
  readonly #limits: RemoteCallLimits;
  readonly #raw: RawCalls;
  #inFlight = 0;
  /** Calls under way for each host, by its network for IPv6. */
  readonly #byHost = new Map<string, number>();

  constructor(context: RemoteCallsContext) {
    this.#context = context;
    this.#limits = { ...defaultRemoteCallLimits, ...context.limits };
    this.#raw = new RawCalls(this.#limits.timeout, this.#limits.bytes);
  }

  /** Closes the sockets that are kept for the next calls. */
  close(): void {
    this.#raw.close();
  }

  /** A program was registered: it may be called soon. */
  prepare(entry: BinderEntry): void {
    if (!this.#context.enabled || !entry.netid.startsWith("udp") || privilegedPrograms.has(entry.program)) return;
    try {
      this.#raw.prepare(this.#placeOf(entry));
    } catch {
      // The program is not on this machine and will not be called.
    }
  }

  /**
   * Makes the call for `call`'s caller.
   * @throws RpcRefused, RpcRejected, or an error that leaves the call unanswered.
   */
  async forward(what: RemoteCall, manner: RemoteCallManner, call: IncomingCall): Promise<RemoteAnswer> {
    const own = this.#ownAnswer(what, manner.netid);
    if (own !== undefined) {
      this.#count(what, manner, call, true);
      return own;
    }
    if (!this.#context.enabled) {
      this.#tell(what, call, "remote calls are off");
      // For a broadcast, silence is better than a refusal from every machine.
      throw call.remote.kind === "udp" && !manner.indirect
        ? silence()
        : refuse("RPC_PROC_UNAVAIL", { mayHaveRun: false });
    }
    try {
      const answer = await this.#forward(what, manner.netid, call);
      this.#count(what, manner, call, true);
      this.#tell(what, call, undefined);
      return answer;
    } catch (error) {
      this.#count(what, manner, call, false);
      this.#tell(what, call, messageOf(error));
      throw manner.indirect ? answered(error) : silence();
    }
  }

  /**
   * Procedure 0 of the binder itself, which broadcasts use to find binders. It is always answered, and directly:
   * nothing is called, and the answer is shorter than the question.
   */
  #ownAnswer({ prog, vers, proc }: RemoteCall, netid: string): RemoteAnswer | undefined {
    if (prog !== binderProgram || proc !== 0) return undefined;
    const entry = this.#context.table.find(prog, vers, netid);
    return entry === undefined ? undefined : { entry, results: new Uint8Array() };
  }

  async #forward({ prog, vers, proc, args }: RemoteCall, netid: string, call: IncomingCall): Promise<RemoteAnswer> {
    const { table } = this.#context;
    const secret = privilegedPrograms.get(prog);
    if (secret !== undefined) throw new NotPassedOn("RPC_PROC_UNAVAIL", `never passed on: ${secret}`);
    const entry = table.find(prog, vers, netid);
    if (entry === undefined) throw unregistered(table, prog, netid);
    if (args.length > this.#limits.bytes || args.length % 4 !== 0) {
      throw new NotPassedOn(
        "RPC_GARBAGE_ARGS",
        `${args.length} bytes of arguments are too many, or not a multiple of 4`,
      );
    }
    const leave = this.#enter(call);
    try {
      const results = await this.#raw.call(this.#placeOf(entry), { prog, vers, proc, args });
      this.#checkLength(results, args, call);
      return { entry, results };
    } finally {
      leave();
    }
  }

  /**
   * A host may have `timesFree` times as many calls as are left for others, so that calls to a program that never answers
   * do not use up all. @returns a function that ends the call.
   */
  #enter({ remote }: IncomingCall): () => void {
    const free = this.#limits.inFlight - this.#inFlight;
    const host = groupOf(remote) ?? remote.kind;
    const own = this.#byHost.get(host) ?? 0;
    if (own >= timesFree * free) throw new NotPassedOn("RPC_SYSTEM_ERR", "too many at once");
    this.#inFlight++;
    this.#byHost.set(host, own + 1);
    return () => {
      this.#inFlight--;
      const left = (this.#byHost.get(host) ?? 1) - 1;
      if (left > 0) this.#byHost.set(host, left);
      else this.#byHost.delete(host);
    };
  }

  #checkLength(results: Uint8Array, args: Uint8Array, { remote }: IncomingCall): void {
    const { bytes, amplification } = this.#limits;
    const isFar = remote.kind === "udp" && !this.#context.access.neighbours.has(remote.host);
    const most = isFar ? amplification * (requestOverhead + args.length) - replyOverhead : bytes;
    if (results.length <= Math.min(bytes, most)) return;
    throw new NotPassedOn("RPC_SYSTEM_ERR", `${results.length} bytes of results are too many for this caller`);
  }

  /**
   * The address of a registration on this machine. A program that is registered at another machine is not called: the
   * binder is not a relay.
   */
  #placeOf({ netid, address }: BinderEntry): Address {
    const place = fromUniversalAddress(netid, address);
    if (!("host" in place)) {
      // Anybody on this machine may register any path, and the program there would take the binder's user for the caller.
      throw new NotPassedOn("RPC_SYSTEM_ERR", "programs on Unix sockets know their callers by their user");
    }
    if (isWildcard(place.host)) return { ...place, host: netid.endsWith("6") ? "::1" : "127.0.0.1" };
    if (this.#context.access.neighbours.isThisMachine(place.host)) return place;
    throw new NotPassedOn("RPC_SYSTEM_ERR", `${place.host} is not this machine`);
  }

  #count({ prog, vers, proc }: RemoteCall, { netid, indirect }: RemoteCallManner, call: IncomingCall, found: boolean) {
    const counted = { program: prog, version: vers, procedure: proc, netid, indirect, found };
    this.#context.statistics.remote(call.program.version, counted);
  }

  #tell({ prog, vers, proc }: RemoteCall, call: IncomingCall, failure: string | undefined): void {
    const by = callerOf(call, unknownOwner);
    this.#context.access.tell({ kind: "remote call", program: prog, version: vers, procedure: proc, by, failure });
  }
}

/** The reason why a call was not forwarded. INDIRECT answers with its code. */
class NotPassedOn extends BrandedError {
  static override readonly kind: string = "NotPassedOn";
  readonly code: "RPC_PROG_UNAVAIL" | "RPC_PROC_UNAVAIL" | "RPC_GARBAGE_ARGS" | "RPC_SYSTEM_ERR" | "RPC_PROG_MISMATCH";
  readonly versions: { readonly low?: number; readonly high?: number };

  constructor(code: NotPassedOn["code"], message: string, versions: NotPassedOn["versions"] = {}) {
    super(message);
    this.code = code;
    this.versions = versions;
  }
}

function unregistered(table: RegistrationTable, program: number, netid: string): NotPassedOn {
  const versions = table.ofProgram(program).flatMap((entry) => (entry.netid === netid ? entry.version : []));
  if (versions.length === 0) return new NotPassedOn("RPC_PROG_UNAVAIL", `not registered over ${netid}`);
  const range = { low: Math.min(...versions), high: Math.max(...versions) };
  return new NotPassedOn("RPC_PROG_MISMATCH", `this version is not registered over ${netid}`, range);
}

/**
 * What INDIRECT answers: the program's error, or that something failed here. A refusal is certain, because the call was
 * sent once, and the loopback interface makes no copies.
 */
function answered(error: unknown): Error {
  if (error instanceof NotPassedOn) return refuse(error.code, { ...error.versions, mayHaveRun: false });
  if (error instanceof RpcRejected && error.authStat !== undefined) return deny(error.authStat, false);
  if (!(error instanceof RpcRefused)) return refuse("RPC_SYSTEM_ERR", { mayHaveRun: true });
  const { low, high } = error;
  return refuse(error.code as NotPassedOn["code"], {
    mayHaveRun: false,
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
  });
}
