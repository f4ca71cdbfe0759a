// Why a program could not be found or registered. Nothing was called: `mayHaveRun` is always false.
import { RpcError } from "../rpc/errors.js";

/** The code of a BindingError. docs/reference/errors.md explains each. */
export type BindingErrorCode =
  /** No binder answers where the binder should be. */
  | "RPC_NO_BINDER"
  /** The binder answers, and does not know the program version on this transport. */
  | "RPC_NOT_REGISTERED"
  /** The binder refuses to register: another owner has the program version, or the request comes from another host. */
  | "RPC_REGISTRATION_REFUSED"
  /** No interface of this machine can be broadcast to. */
  | "RPC_NO_NETWORK"
  /** The binder answered with something that cannot be used. */
  | "RPC_BAD_BINDER_ANSWER";

/**
 * A failed look-up or registration at rpcbind. `mayHaveRun` is always false: the procedure was never called.
 * @example
 * await using server = new Server();
 * try {
 *   await register(server, { binder: "127.0.0.1:1" });
 * } catch (error) {
 *   console.log(error instanceof BindingError); // true
 * }
 */
export class BindingError extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "BindingError";
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  declare readonly code: BindingErrorCode;

  /** Makes an error with this code and message. `mayHaveRun` is false. */
  constructor(code: BindingErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, { ...options, mayHaveRun: false });
  }
}
