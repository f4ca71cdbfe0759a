// Access control of a binder: which requests are allowed, at which rate, and who owns a caller's registrations (RFC
// 1833 section 2.2.1 leaves it open). Binders that let strangers register were abused to take over services, and those
// that sent strangers long answers to flood others.

import { ConnectionOwners } from "../../machine/connection-owners.js";
import { limitEvents } from "../../machine/event-limit.js";
import { isLoopback } from "../../machine/ip-address.js";
import { Neighbours } from "../../machine/neighbours.js";
import { RateLimit, type RateLimits } from "../../machine/rate.js";
import { System } from "../../machine/system.js";
import type { Call, Channel, IncomingCall } from "../../rpc/call.js";
import { silence } from "../../server/silence.js";
import { type BinderLog, type Caller, causeOf } from "./events.js";
import { deny, refuse } from "./refusing.js";
import { superuser, unknownOwner } from "./table.js";

/** Options of the access control. */
export interface AccessOptions {
  /** True: other machines may register and unregister. Default false. */
  readonly insecure?: boolean | undefined;
  /** The rate limit for calls from one IP address of another machine. Default `defaultRateLimits`. */
  readonly rate?: Partial<RateLimits> | undefined;
  /** Receives events, such as refused calls. Default: none. */
  readonly log?: BinderLog | undefined;
  /**
   * True: users other than the binder's own may open its Unix socket, so the binder asks the operating system which user called. Default false.
   */
  readonly sharedSocket?: boolean | undefined;
  /**
   * True: asks the operating system for the user of a connection, through the package koffi if it is installed, otherwise through one helper process
   * (perl or python3). False: owners on Unix sockets are "unknown", and the list of all TCP sockets is read for each connection that registers.
   * Default: the value of `sharedSocket`.
   */
  readonly helper?: boolean | undefined;
  /** The addresses of this machine and its networks. Default: those of its interfaces. */
  readonly neighbours?: Neighbours | undefined;
}

/** Callers are checked before any other work is done for them. */
const didNothing = { mayHaveRun: false };

/** The rules of one binder. */
export class Access {
  readonly neighbours: Neighbours;
  readonly #insecure: boolean;
  readonly #rate: RateLimit;
  readonly #log: BinderLog | undefined;
  /** Owners of connections within this machine, known or being looked up. */
  readonly #owners = new WeakMap<object, string | Promise<string>>();
  readonly #system: System | undefined;
  readonly #connections: ConnectionOwners;
  readonly #sharedSocket: boolean;

  constructor(options: AccessOptions = {}) {
    const { sharedSocket = false, helper = sharedSocket } = options;
    this.neighbours = options.neighbours ?? new Neighbours();
    this.#sharedSocket = sharedSocket;
    this.#insecure = options.insecure ?? false;
    this.#rate = new RateLimit(options.rate);
    this.#log = options.log && limitEvents(options.log, causeOf);
    this.#system = helper ? new System() : undefined;
    this.#connections = new ConnectionOwners(this.#system);
  }

  /** Starts the look-up of owners, if it is needed, so that the first caller does not wait for it. */
  start(): void {
    this.#system?.start();
  }

  /** Ends the helper process. */
  close(): void {
    this.#system?.close();
  }

  /**
   * Admits a call, whatever it asks.
   * @throws an error that leaves the call unanswered if its source calls too often.
   */
  admit(call: IncomingCall): void {
    const { remote } = call;
    if (!("host" in remote) || this.neighbours.isThisMachine(remote.host)) return;
    const verdict = this.#rate.take(remote.host);
    if (verdict === "ok") return;
    if (verdict === "first") this.#log?.({ kind: "flood", by: { from: remote, owner: unknownOwner } });
    throw silence();
  }

  /**
   * The owner that a caller's registrations get. On a Unix socket that only the binder's user can open it is the user
   * that the caller claims; on one that others can open, and over TCP on this machine, it is the user that the system
   * reports, or "unknown" if it reports none. The source address of a datagram can be forged, except a loopback
   * address.
   * @throws RpcRejected AUTH_FAILED for callers of other machines.
   */
  ownerOf(call: IncomingCall, claimed: string): string | Promise<string> {
    this.#check(call);
    const { remote, peer, identity } = call;
    if (remote.kind === "unix") {
      if (!this.#sharedSocket) return nameOf(identity.sys?.uid ?? claimed);
      return this.#once(peer, async () => this.#system?.userOf(() => peer.handle?.()));
    }
    const { local } = peer;
    if (remote.kind !== "tcp" || local?.kind !== "tcp" || !this.neighbours.isThisMachine(remote.host))
      return unknownOwner;
    return this.#once(peer, () => this.#connections.of(remote, local));
  }

  /**
   * Returns the owner of the caller's connection, but "unknown" if it was not asked for before: asking the system takes longer than
   * all the rest of a call.
   * @throws RpcRejected AUTH_FAILED for callers of other machines.
   */
  knownOwnerOf(call: IncomingCall): string | Promise<string> {
    this.#check(call);
    return this.#owners.get(call.peer) ?? unknownOwner;
  }

  #check(call: IncomingCall): void {
    const { remote, peer } = call;
    if (!("host" in remote) || this.#insecure) return;
    const isConnected = remote.kind === "tcp" && peer.local?.kind === "tcp";
    const isWithin = this.neighbours.isThisMachine(remote.host);
    if (!(isWithin && (isConnected || isLoopback(remote.host)))) this.#deny(call);
  }

  /** The owner of a connection: looked up once, and cached. */
  #once(peer: Channel, ask: () => Promise<number | undefined>): string | Promise<string> {
    const known = this.#owners.get(peer);
    if (known !== undefined) return known;
    const asked = ask().then((user) => {
      const owner = user === undefined ? unknownOwner : nameOf(user);
      this.#owners.set(peer, owner);
      return owner;
    });
    this.#owners.set(peer, asked);
    return asked;
  }

  /**
   * Refuses long answers to datagrams of strangers, whose source address may be a victim's.
   * @throws RpcRefused PROC_UNAVAIL
   */
  refuseAmplification(call: Call): void {
    const { remote } = call;
    if (remote.kind === "udp" && !this.neighbours.isThisMachine(remote.host))
      throw refuse("RPC_PROC_UNAVAIL", didNothing);
  }

  tell(event: Parameters<BinderLog>[0]): void {
    this.#log?.(event);
  }

  #deny(call: Call): never {
    this.tell({ kind: "denied", what: call.procedure.name, by: callerOf(call, unknownOwner) });
    throw deny();
  }
}

export function callerOf({ remote }: Call, owner: string): Caller {
  return { from: remote, owner };
}

function nameOf(user: number | string): string {
  if (String(user) === "0") return superuser;
  return user === "" ? unknownOwner : String(user);
}
