// The contexts of one association: a server's state, which its client names by handles. They end with the association.
import { ContextHandle, type ContextHandles } from "./ndr/context-handle.js";
import { newUuid, type Uuid } from "./uuid.js";

interface Context {
  readonly handle: ContextHandle;
  readonly state: unknown;
  readonly runDown: (() => void) | undefined;
}

/** A handle that this association does not have. */
export class UnknownContext extends Error {}

export class Contexts implements ContextHandles {
  readonly #open = new Map<Uuid, Context>();
  #isClosed = false;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  open(state: unknown, runDown: (() => void) | undefined): ContextHandle {
    if (this.#isClosed) throw new Error("the connection has ended");
    if (this.#open.size >= this.#most) throw new RangeError(`a client has at most ${this.#most} contexts`);
    const handle = new ContextHandle(0, newUuid());
    this.#open.set(handle.uuid, { handle, state, runDown });
    return handle;
  }

  stateOf(handle: ContextHandle | null): unknown {
    return this.#found(handle).state;
  }

  close(handle: ContextHandle | null): void {
    this.#open.delete(this.#found(handle).handle.uuid);
  }

  /** Closes all, because the connection has ended. `failed` receives what a function throws. */
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

  send(value: unknown): ContextHandle {
    if (value instanceof ContextHandle && this.#open.has(value.uuid)) return value;
    throw new TypeError("not an open context: make it with call.openContext, and return null for a closed one");
  }

  receive(handle: ContextHandle): ContextHandle {
    return this.#found(handle).handle;
  }

  #found(handle: ContextHandle | null): Context {
    const found = handle === null ? undefined : this.#open.get(handle.uuid);
    if (found === undefined) throw new UnknownContext("this association has no such context");
    return found;
  }
}
