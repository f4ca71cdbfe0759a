// Waiting for a caller's signal.
import { setMaxListeners } from "node:events";

/** Whether an error says only that the signal was aborted: its reason, an AbortError, or an error that the reason has caused. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  const { name, cause } = Object(error) as { readonly name?: unknown; readonly cause?: unknown };
  return error === signal.reason || name === "AbortError" || (cause !== undefined && cause === signal.reason);
}

/**
 * Many calls may share one signal, and each removes its listener when it ends. This is not a leak, so Node's warning
 * about more than ten listeners is switched off.
 */
export function listenForAbort(signal: AbortSignal, listener: () => void): void {
  if (signal instanceof AbortSignal) setMaxListeners(0, signal);
  signal.addEventListener("abort", listener, { once: true });
}
