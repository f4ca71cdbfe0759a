// Connects from a source port below 1024. Loaded when a program asks for one.
import { withReservedPort } from "../machine/reserved-port.js";
import { TransportError } from "./errors.js";

/**
 * Calls `connect` with one reserved port after the other until one is free.
 * @param wanted "try": without the privilege or a free reserved port, tries port 0, which means any port.
 * @throws TransportError TRANSPORT_CONNECT_FAILED without the privilege or a free port; and all other errors of
 * `connect`.
 */
export function connectFromReserved<T>(connect: (port: number) => Promise<T>, wanted: true | "try"): Promise<T> {
  return withReservedPort(
    connect,
    wanted,
    (message, options) => new TransportError("TRANSPORT_CONNECT_FAILED", message, options),
  );
}
