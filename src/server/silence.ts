// The error that a handler or an interceptor throws so that its caller gets no reply.
import { BrandedError } from "../base/brand.js";

/** The error that `silence` throws. */
class Silence extends BrandedError {
  static override readonly kind: string = "Silence";
}

/**
 * Makes the error that a procedure or an interceptor throws to send no reply at all. The caller's call ends with RpcTimeout.
 * Used for CALLIT (RFC 1833 section 2.2.1) and against floods.
 * @example
 * const server = new Server({
 *   interceptors: [
 *     (call, next) => {
 *       if (call.identity?.sys === undefined) throw silence();
 *       return next(call);
 *     },
 *   ],
 * });
 */
export function silence(): Error {
  return new Silence("the server does not answer this call");
}

/** Whether an error was thrown so that the call gets no reply. */
export function isSilence(error: unknown): boolean {
  return error instanceof Silence;
}
