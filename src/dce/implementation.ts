// The functions that a program writes to serve an interface.
import type { DceInterface, DceOperation, DceOperations } from "./interface.js";
import type { ContextHandle } from "./ndr/context-handle.js";
import type { DceAddress } from "./target.js";

/** A call, as the function that implements an operation receives it. */
export interface DceIncomingCall {
  /** The interface that is called. */
  readonly program: DceInterface;
  /** The operation that is called. */
  readonly operation: DceOperation;
  /** The caller's address. Undefined on a stream that is not a TCP connection. */
  readonly remote: DceAddress | undefined;
  /** The address of this server that was called. Undefined on a stream that is not a TCP connection. */
  readonly local: DceAddress | undefined;
  /** Aborted when the client has cancelled the call or given it up, or its connection has ended. */
  readonly signal: AbortSignal;
  /**
   * Makes a context for this client, to return its handle. `runDown` is called if the connection ends before it was closed.
   * @throws RangeError if the client has too many: the limit `maxContexts`.
   */
  openContext(state: unknown, runDown?: () => void): ContextHandle;
  /** The state of a context. @throws an error that becomes the fault contextMismatch, for null. */
  contextState(handle: ContextHandle | null): unknown;
  /** Ends a context. Return null for its handle. */
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
