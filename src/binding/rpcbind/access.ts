// Who may ask a binder for what, how often, and as whom (RFC 1833 section 2.2.1 leaves it open). Binders that let
// strangers register were used to take over services, and those that answered strangers at length to flood others.
import { AuthStat } from "../../rpc/auth.js";
import type { Call, Channel, IncomingCall } from "../../rpc/call.js";
import { deny, refuse, silence } from "../../server/index.js";
import type { BinderLog, Caller } from "./events.js";
import { Neighbours } from "./neighbours.js";
import { userOfConnection } from "./process-owner.js";
import { RateLimit, type RateLimits } from "./rate.js";
import { isLoopback } from "./reachable.js";
import { SocketUsers } from "./socket-users.js";
import { superuser, unknownOwner } from "./table.js";

/** What may be said about who may do what. */
export interface AccessOptions {
  /** Lets other machines register and unregister. Default false. */
  readonly insecure?: boolean | undefined;
  /** Calls that one IP address other than the loopback may make. */
  readonly rate?: Partial<RateLimits> | undefined;
  readonly log?: BinderLog | undefined;
  /** Others than the binder's own user may open its Unix socket: the system is asked who calls. Default false. */
  readonly sharedSocket?: boolean | undefined;
}

/** The rules of one binder. */
export class Access {
  readonly neighbours = new Neighbours();
  readonly #insecure: boolean;
  readonly #rate: RateLimit;
  readonly #log: BinderLog | undefined;
  /** Owners of connections over the loopback interface, once they were asked for. */
  readonly #owners = new WeakMap<object, string>();
  /** The same of Unix sockets that are shared, while it is asked for and after. */
  readonly #asked = new WeakMap<object, Promise<string>>();
  readonly #users = new SocketUsers();
  readonly #sharedSocket: boolean;

  constructor({ insecure, rate, log, sharedSocket }: AccessOptions = {}) {
    this.#sharedSocket = sharedSocket ?? false;
    this.#insecure = insecure ?? false;
    this.#rate = new RateLimit(rate);
    this.#log = log;
  }

  /** Lets a call in, whatever it asks for. @throws what leaves it without an answer when its source calls too often. */
  admit(call: IncomingCall): void {
    const { remote } = call;
    if (!("host" in remote) || isLoopback(remote.host)) return;
    const verdict = this.#rate.take(remote.host);
    if (verdict === "ok") return;
    if (verdict === "first") this.#log?.({ kind: "flood", by: { from: remote, owner: unknownOwner } });
    throw silence();
  }

  /**
   * The owner that a caller's registrations get. On a Unix socket that only the binder's user can open it is whom the
   * caller says to be; on one that others can open it is whom the system says. Over TCP of this machine it is whom the system says, and "unknown" otherwise.
   * @throws RpcRejected AUTH_FAILED for callers of other machines.
   */
  ownerOf(call: IncomingCall, claimed: string): string | Promise<string> {
    const { remote, peer, identity } = call;
    if (remote.kind === "unix" && this.#sharedSocket) return this.#ownerOfSocket(peer);
    if (remote.kind === "unix") return nameOf(identity.sys?.uid ?? claimed);
    if (!("host" in remote)) return unknownOwner;
    if (!isLoopback(remote.host)) {
      if (!this.#insecure) this.#deny(call);
      return unknownOwner;
    }
    let owner = this.#owners.get(peer);
    if (owner === undefined) {
      const user = userOfConnection(remote, peer.local);
      owner = user === undefined ? unknownOwner : nameOf(user);
      if (remote.kind === "tcp") this.#owners.set(peer, owner);
    }
    return owner;
  }

  #ownerOfSocket(peer: Channel): string | Promise<string> {
    const known = this.#owners.get(peer);
    if (known !== undefined) return known;
    let asked = this.#asked.get(peer);
    if (asked === undefined) {
      asked = this.#users.of(peer.descriptor ?? (() => undefined)).then((user) => {
        const owner = user === undefined ? unknownOwner : nameOf(user);
        this.#owners.set(peer, owner);
        return owner;
      });
      this.#asked.set(peer, asked);
    }
    return asked;
  }

  /**
   * Keeps long answers from strangers' datagrams, whose source address may be a victim's.
   * @throws RpcRefused PROC_UNAVAIL
   */
  refuseAmplification(call: Call): void {
    const { remote } = call;
    if (remote.kind === "udp" && !isLoopback(remote.host)) throw refuse("RPC_PROC_UNAVAIL");
  }

  tell(event: Parameters<BinderLog>[0]): void {
    this.#log?.(event);
  }

  #deny(call: Call): never {
    this.tell({ kind: "denied", what: call.procedure.name, by: callerOf(call, unknownOwner) });
    throw deny(AuthStat.FAILED);
  }
}

export function callerOf({ remote }: Call, owner: string): Caller {
  return { from: remote, owner };
}

function nameOf(user: number | string): string {
  if (String(user) === "0") return superuser;
  return user === "" ? unknownOwner : String(user);
}
