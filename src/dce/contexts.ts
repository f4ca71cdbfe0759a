// The contexts of one association group: a server's state, which its client names by handles. They end with the group.
import { ContextHandle, type ContextHandles } from "./ndr/context-handle.js";
import { newUuid, type Uuid } from "./uuid.js";

interface Context {
  readonly handle: ContextHandle;
  readonly state: unknown;
  readonly runDown: (() => void) | undefined;
  /** The principal of the client; undefined if it has not proved who it is. */
  readonly owner: string | undefined;
}

/** A handle that this client does not have. */
export class UnknownContext extends Error {}

export class Contexts {
  readonly #open = new Map<Uuid, Context>();
  #isClosed = false;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  open(state: unknown, runDown: (() => void) | undefined, owner: string | undefined): ContextHandle {
    if (this.#isClosed) throw new Error("the connection has ended");
    if (this.#open.size >= this.#most)
      throw new RangeError(`a client has at most ${this.#most} contexts (options.maxContexts)`);
    const handle = new ContextHandle(0, newUuid());
    this.#open.set(handle.uuid, { handle, state, runDown, owner });
    return handle;
  }

  /** The context of a handle; undefined if the handle is unknown, or if the context belongs to another principal. */
  find({ uuid }: ContextHandle, owner: string | undefined): Context | undefined {
    const found = this.#open.get(uuid);
    return found?.owner === owner ? found : undefined;
  }

  delete({ uuid }: ContextHandle): void {
    this.#open.delete(uuid);
  }

  /** Closes all, because the last connection has ended. `failed` receives what a function throws. */
  runDown(failed: (error: unknown) => void): void {
    this.#isClosed = true;
    const left = [...this.#open.values()];
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

/** The contexts that one association may use. Its methods need no `this`: handlers take them out of the call. */
export class OwnContexts implements ContextHandles {
  /** Known once the association is bound. */
  group: { readonly contexts: Contexts } | undefined;
  readonly #owner: () => string | undefined;

  /** `owner` is the principal of the caller. */
  constructor(owner: () => string | undefined) {
    this.#owner = owner;
  }

  readonly openContext = (state: unknown, runDown?: () => void): ContextHandle => {
    if (this.group === undefined) throw new Error("the connection is not bound");
    return this.group.contexts.open(state, runDown, this.#owner());
  };

  readonly contextState = (handle: ContextHandle | null): unknown => this.#found(handle).state;

  readonly closeContext = (handle: ContextHandle | null): void => {
    const found = this.#found(handle);
    this.group?.contexts.delete(found.handle);
  };

  send(value: unknown): ContextHandle {
    const found = value instanceof ContextHandle ? this.#find(value) : undefined;
    if (found !== undefined) return found.handle;
    throw new TypeError("not an open context: make it with call.openContext, and return null for a closed one");
  }

  receive(handle: ContextHandle): ContextHandle {
    return this.#found(handle).handle;
  }

  #find(handle: ContextHandle): Context | undefined {
    return this.group?.contexts.find(handle, this.#owner());
  }

  #found(handle: ContextHandle | null): Context {
    const found = handle === null ? undefined : this.#find(handle);
    if (found === undefined) throw new UnknownContext("this client has no such context");
    return found;
  }
}
