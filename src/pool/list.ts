// Endpoints from fixed targets: those that a client was given, or the addresses of a host name.

import { type Clock, systemClock } from "../base/clock.js";
import { TransportError } from "../transport/errors.js";
import { hostAddresses } from "../transport/host-addresses.js";
import type { Endpoint, Endpoints } from "./endpoints.js";

/** The most names that a message lists. */
const mostShown = 3;

/** Converts each target to an endpoint. A target that is given twice counts once. */
export function listEndpoints(targets: readonly string[]): Endpoints {
  const unique = [...new Set(targets)];
  const endpoints = unique.map((target) => ({ id: target, addresses: [target] }));
  const more = unique.length > mostShown ? ` and ${unique.length - mostShown} more` : "";
  return {
    name: `${unique.slice(0, mostShown).join(", ")}${more}`,
    watch(on) {
      on(endpoints);
      return () => undefined;
    },
  };
}

/** Milliseconds between look-ups of a host name while a pool uses it. */
export const lookUpInterval = 30_000;

/** Milliseconds that one look-up may take. */
const lookUpTime = 5_000;

/**
 * Converts the addresses of a host name to endpoints, and looks them up again every `interval` milliseconds. Calls in
 * flight on an address that the name no longer has may finish. While the look-up fails, the last known addresses remain
 * valid.
 */
export function hostEndpoints(
  name: string,
  host: string,
  withAddress: (ip: string) => string,
  interval: number = lookUpInterval,
  clock: Clock = systemClock,
): Endpoints {
  const ask = async (signal: AbortSignal): Promise<Endpoint[]> => {
    const found = await hostAddresses(host, { time: lookUpTime, signal });
    return found.map((ip) => ({ id: ip, addresses: [withAddress(ip)] }));
  };
  return {
    name,
    async watch(on, signal) {
      on(await ask(signal).catch((cause: unknown) => Promise.reject(notFound(name, cause as Error))));
      const timer = clock.setInterval(() => ask(signal).then(on, () => undefined), interval);
      timer.unref();
      return () => clock.clearTimeout(timer);
    },
  };
}

function notFound(name: string, cause: Error): TransportError {
  const message = `the addresses of ${name} cannot be looked up: ${cause.message}`;
  return new TransportError("TRANSPORT_CONNECT_FAILED", message, { cause });
}
