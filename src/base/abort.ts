// Waiting for a caller's signal.
import { setMaxListeners } from "node:events";

/**
 * Many calls may share one signal, and each takes its listener back when it ends: this is not a leak, which Node would
 * otherwise warn of on stderr from the eleventh on.
 */
export function listenForAbort(signal: AbortSignal, listener: () => void): void {
  if (signal instanceof AbortSignal) setMaxListeners(0, signal);
  signal.addEventListener("abort", listener, { once: true });
}
