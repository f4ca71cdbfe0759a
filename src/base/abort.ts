// Waiting for a caller's signal.
import { setMaxListeners } from "node:events";

/**
 * Many calls may share one signal, and each removes its listener when it ends. This is not a leak, so Node's warning
 * about more than ten listeners is switched off.
 */
export function listenForAbort(signal: AbortSignal, listener: () => void): void {
  if (signal instanceof AbortSignal) setMaxListeners(0, signal);
  signal.addEventListener("abort", listener, { once: true });
}
