// Interceptors around a handler; the same on both sides.
import type { Handler, Interceptor } from "./call.js";

/** The first interceptor is outermost. Without interceptors it is the handler itself. */
export function intercept(interceptors: readonly Interceptor[], handler: Handler): Handler {
  return interceptors.reduceRight<Handler>((next, interceptor) => async (call) => interceptor(call, next), handler);
}
