// The functions that a program writes to serve an interface.
import type { Identity } from "../rpc/auth.js";
import type { Call } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import type { DceOperation, DceOperations } from "./interface.js";
import type { ContextHandle } from "./ndr/context-handle.js";
import type { DceProgram } from "./program.js";

/** A call, as interceptors and the function that implements an operation receive it. */
export interface DceIncomingCall extends Call {
  /** The interface that is called. */
  readonly program: DceProgram;
  /** The operation that is called. */
  readonly operation: DceOperation;
  /** The caller's address; for a stream passed to `accept`, `{ kind: "memory", name: "a stream" }`. */
  readonly remote: Address;
  /** The address of this server that was called. */
  readonly local: Address;
  /** The authenticated caller. Without authentication, `principal` is undefined. */
  readonly identity: Identity;
  /** Aborted when the client has cancelled or abandoned the call, or when its connection has ended. */
  readonly signal: AbortSignal;
  /**
   * Creates a context for this client, and returns the handle that the operation sends to the client. `runDown` is called if the client's last
   * connection ends before the context was closed.
   * @throws RangeError if the client or its host has too many: the limits `maxContexts` and `totalContexts`. If the function does not
   * catch it, the caller gets the fault noMemory.
   */
  openContext(state: unknown, runDown?: () => void): ContextHandle;
  /** The state of a context. @throws an error that becomes the fault contextMismatch, for null. */
  contextState(handle: ContextHandle | null): unknown;
  /** Closes a context. The operation then returns null in place of its handle. */
  closeContext(handle: ContextHandle | null): void;
}

/**
 * The functions that implement an interface: one for each operation, plain or async. Each takes the values of the [in]
 * parameters and then the call.
 */
export type DceImplementation<O extends DceOperations> = {
  readonly [M in keyof O]: O[M] extends DceOperation<infer Args, infer Result>
    ? (...args: [...Args, call: DceIncomingCall]) => Result | Promise<Result>
    : never;
};
