// The contexts of one association group: a server's state, which its client names by handles. They end with the group. A handle is
// valid for the principal and the interface that opened it; Windows has the latter with `strict_context_handle`, Samba always.
import type { HostShares } from "../transport/host-shares.js";
import type { DceInterface } from "./interface.js";
import { ContextHandle, type ContextHandles } from "./ndr/context-handle.js";
import { newUuid, type Uuid } from "./uuid.js";

interface Context {
  readonly handle: ContextHandle;
  readonly state: unknown;
  readonly runDown: (() => void) | undefined;
  readonly owner: Owner;
  /** The type as which its handle was sent first. */
  type: string | undefined;
}

interface Owner {
  /** The principal of the client; undefined if it has not proved who it is. */
  readonly principal: string | undefined;
  readonly program: DceInterface;
}

/** The client of one association, as contexts know it. */
export interface ContextClient {
  /** Known once the association is bound. */
  readonly group: { readonly contexts: Contexts } | undefined;
  /** Undefined if it has not proved who it is. */
  readonly principal: string | undefined;
}

/** A handle that this client does not have. */
export class UnknownContext extends Error {}

/** There are too many contexts. */
export class TooManyContexts extends RangeError {}

export interface ContextLimits {
  /** The most contexts of one group. */
  readonly most: number;
  /** The contexts of all groups of the server, by host. */
  readonly all: HostShares;
  /** The host of the group's client. */
  readonly host: string;
}

export class Contexts {
  readonly #open = new Map<Uuid, Context>();
  #isClosed = false;
  readonly #limits: ContextLimits;

  constructor(limits: ContextLimits) {
    this.#limits = limits;
  }

  open(state: unknown, runDown: (() => void) | undefined, owner: Owner): ContextHandle {
    if (this.#isClosed) throw new Error("the connection has ended");
    const { most, all, host } = this.#limits;
    if (this.#open.size >= most)
      throw new TooManyContexts(`a client has at most ${most} contexts (options.maxContexts)`);
    if (!all.hasRoomFor(host))
      throw new TooManyContexts(
        `the client's host has ${all.of(host)} contexts, and all have ${all.total}: it has to leave room for other hosts (options.totalContexts)`,
      );
    all.add(host);
    const handle = new ContextHandle(0, newUuid());
    this.#open.set(handle.uuid, { handle, state, runDown, owner, type: undefined });
    return handle;
  }

  /** The context of a handle; undefined if the handle is unknown, or if the context belongs to another principal or interface. */
  find({ uuid }: ContextHandle, { principal, program }: Owner): Context | undefined {
    const found = this.#open.get(uuid);
    const isOwn = found !== undefined && found.owner.principal === principal && found.owner.program === program;
    return isOwn ? found : undefined;
  }

  delete({ uuid }: ContextHandle): void {
    if (this.#open.delete(uuid)) this.#limits.all.add(this.#limits.host, -1);
  }

  /** Closes all contexts: the last connection has ended. `failed` receives each error that a context's own function throws. */
  runDown(failed: (error: unknown) => void): void {
    this.#isClosed = true;
    const left = [...this.#open.values()];
    this.#limits.all.add(this.#limits.host, -left.length);
    this.#open.clear();
    for (const { runDown } of left) {
      try {
        runDown?.();
      } catch (error) {
        failed(error);
      }
    }
  }
}

/** The contexts that one association may use through one interface. Its methods need no `this`: handlers take them out of the call. */
export class OwnContexts implements ContextHandles {
  readonly #client: ContextClient;
  readonly #program: DceInterface;

  constructor(client: ContextClient, program: DceInterface) {
    this.#client = client;
    this.#program = program;
  }

  readonly openContext = (state: unknown, runDown?: () => void): ContextHandle => {
    const { group } = this.#client;
    if (group === undefined) throw new Error("the connection is not bound");
    return group.contexts.open(state, runDown, this.#owner);
  };

  readonly contextState = (handle: ContextHandle | null): unknown => this.#found(handle).state;

  readonly closeContext = (handle: ContextHandle | null): void => {
    const found = this.#found(handle);
    this.#client.group?.contexts.delete(found.handle);
  };

  send(value: unknown, type?: string): ContextHandle {
    const found = value instanceof ContextHandle ? this.#find(value) : undefined;
    if (found === undefined)
      throw new TypeError("not an open context: make it with call.openContext, and return null for a closed one");
    if (type === undefined) return found.handle;
    found.type ??= type;
    if (found.type === type) return found.handle;
    throw new TypeError(`a context of type ${found.type}, not ${type} (type_strict_context_handle)`);
  }

  receive(handle: ContextHandle, type?: string): ContextHandle {
    const found = this.#found(handle);
    if (type === undefined || found.type === type) return found.handle;
    throw new UnknownContext(`the context is not of type ${type}`);
  }

  get #owner(): Owner {
    return { principal: this.#client.principal, program: this.#program };
  }

  #find(handle: ContextHandle): Context | undefined {
    return this.#client.group?.contexts.find(handle, this.#owner);
  }

  #found(handle: ContextHandle | null): Context {
    const found = handle === null ? undefined : this.#find(handle);
    if (found === undefined) throw new UnknownContext("this client has no such context of this interface");
    return found;
  }
}
