// Runs interceptors around a handler; the same on both sides.
import type { Handler, Interceptor } from "./call.js";

/**
 * Puts interceptors around a handler, the first one outermost. Without interceptors it returns the handler itself.
 * @example
 * const double: Interceptor = async (call, next) => 2 * Number(await next(call));
 * const handler: Handler = async () => 21;
 * const call = { args: [] } as unknown as Call;
 * console.log(await intercept([double], handler)(call)); // 42
 */
export function intercept(interceptors: readonly Interceptor[], handler: Handler): Handler {
  return interceptors.reduceRight<Handler>((next, interceptor) => async (call) => interceptor(call, next), handler);
}
