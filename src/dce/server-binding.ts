// The binding of an association: its group, and the interfaces that its client may call.
import type { Address } from "../transport/address.js";
import type { HostShares } from "../transport/host-shares.js";
import type { AssociationGroup, AssociationGroups } from "./association-groups.js";
import { maxFragment } from "./client-association.js";
import { type ContextClient, OwnContexts } from "./contexts.js";
import type { Scratch } from "./ndr/scratch.js";
import {
  BadPdu,
  type Bind,
  type ContextResult,
  Flag,
  leastFragment,
  makeBindAck,
  ndrSyntax,
  type Pdu,
  PduType,
  type ProposedContext,
  readBind,
} from "./pdu.js";
import type { Served } from "./served.js";
import type { CallCoding } from "./server-call.js";
import { limitName } from "./stub-data.js";

export interface BindingOptions {
  readonly little: boolean;
  readonly maxStub: number;
  readonly scratch: Scratch;
  readonly maxContexts: number;
  readonly groups: AssociationGroups;
  /** The interfaces of all associations. */
  readonly interfaces: HostShares;
  readonly find: (uuid: string) => readonly Served[];
}

/** An interface that the client has bound, with the coding of its calls. */
export interface BoundInterface {
  readonly served: Served;
  readonly coding: CallCoding;
}

export class ServerBinding {
  /** The greatest fragment that the client receives. */
  most = leastFragment;
  isBound = false;
  readonly #options: BindingOptions;
  readonly #client: ContextClient;
  readonly #host: string;
  readonly #interfaces = new Map<number, BoundInterface>();
  #group: AssociationGroup | undefined;

  /** `principal` gives that of the client; `host` is its host, for limits. */
  constructor(options: BindingOptions, principal: () => string | undefined, host: string) {
    this.#options = options;
    this.#host = host;
    const group = (): AssociationGroup | undefined => this.#group;
    this.#client = {
      get group() {
        return group();
      },
      get principal() {
        return principal();
      },
    };
  }

  /** The interface of a presentation context. */
  bound(context: number): BoundInterface | undefined {
    return this.#interfaces.get(context);
  }

  /** Reads a bind, and joins its group, or an alter_context. @returns undefined if there is no such group. @throws BadPdu */
  begin(pdu: Pdu, remote: Address): Bind | undefined {
    const isFirst = pdu.type === PduType.bind;
    if (isFirst === this.isBound) throw new BadPdu("bind comes first, and once");
    const bind = readBind(pdu);
    this.isBound = true;
    if (!isFirst) return bind;
    this.most = Math.max(leastFragment, Math.min(maxFragment, bind.maxReceive));
    this.#group = this.#options.groups.join(bind.group, remote);
    return this.#group === undefined ? undefined : bind;
  }

  /** The answer to a bind or alter_context. `flags` are those of the bind_ack that this server adds. @throws BadPdu */
  answer({ type: asked, callId, flags: wanted }: Pdu, { contexts }: Bind, flags: number): Uint8Array {
    const isFirst = asked === PduType.bind;
    const results = contexts.map((one) => this.#propose(one));
    const sizes = { maxTransmit: this.most, maxReceive: maxFragment, group: this.#group?.id ?? 0 };
    const type = isFirst ? PduType.bindAck : PduType.alterContextResponse;
    const bytes = makeBindAck({ ...sizes, address: "", results }, type, callId, this.#options.little);
    // This server can run several calls of one association at a time, if the client asks for it.
    if (isFirst) bytes[3] = (bytes[3] as number) | (wanted & Flag.multiplex) | flags;
    return bytes;
  }

  /** The connection has ended. `failed` receives what the run-down of a context throws. */
  leave(failed: (error: unknown) => void): void {
    this.#options.interfaces.add(this.#host, -this.#interfaces.size);
    this.#interfaces.clear();
    if (this.#group !== undefined) this.#options.groups.leave(this.#group, failed);
    this.#group = undefined;
  }

  #propose({ id, abstract, transfers }: ProposedContext): ContextResult {
    const { find, maxContexts, interfaces, little, maxStub: limit, scratch } = this.#options;
    const found = find(abstract.uuid).find(
      ({ program }) => program.version === abstract.major && program.minor >= abstract.minor,
    );
    if (found === undefined) return { result: 2, reason: 1 };
    const hasNdr = transfers.some(({ uuid, major }) => uuid === ndrSyntax.uuid && major === ndrSyntax.major);
    if (!hasNdr) return { result: 2, reason: 2 };
    const before = this.#interfaces.get(id);
    if (before !== undefined && before.served !== found)
      throw new BadPdu("a context is bound to another interface already");
    if (before === undefined) {
      if (this.#interfaces.size >= maxContexts || !interfaces.hasRoomFor(this.#host)) return { result: 2, reason: 3 };
      interfaces.add(this.#host);
      const handles = new OwnContexts(this.#client, found.program);
      this.#interfaces.set(id, { served: found, coding: { little, limit, limitName, handles, scratch } });
    }
    return { result: 0, reason: 0 };
  }
}
