// The routes to one server: which of its addresses a client can use, and the first of them that connects.
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import type { TransportName } from "../client/locator.js";
import type { Channel } from "../rpc/call.js";
import { parseAddress } from "../transport/address.js";

/**
 * One route to a server. It connects at its first use, and reconnects at the next use after the connection was lost.
 */
export interface Route extends Channel {
  /** True if a call would be sent at once. */
  readonly connected: boolean;
  /** @throws RpcError */
  connect(options: { readonly timeout?: number | undefined; readonly signal?: AbortSignal | undefined }): Promise<void>;
}

/**
 * The addresses of an entry that a client of `transport` can use. Without a transport, TCP addresses are preferred,
 * then others. An address that is only a host serves TCP and UDP: its binder knows the port.
 */
export function usableAddresses(addresses: readonly string[], transport: TransportName | undefined): string[] {
  const byTransport = (wanted: TransportName): string[] =>
    addresses.filter((address) => transportOf(address, wanted) === wanted);
  if (transport !== undefined) return byTransport(transport);
  return transports.map(byTransport).find((found) => found.length > 0) ?? [];
}

/** The transports, the best first. */
const transports: readonly TransportName[] = ["tcp", "unix", "udp"];

function transportOf(text: string, wanted: TransportName): TransportName | undefined {
  try {
    const address = parseAddress(text);
    // TLS runs over TCP.
    const kind = address.kind === "host" ? (address.transport ?? wanted) : address.kind;
    return transports.find((name) => name === kind.replace("tls", "tcp"));
  } catch {
    return undefined; // A kind of address that this version does not support.
  }
}

/**
 * Returns the first route that connects. The next one is tried when one has failed, or in parallel when one takes
 * longer than `patience` milliseconds.
 * @throws the error of the last route.
 */
export async function firstToConnect(
  routes: readonly Route[],
  limits: { readonly timeout: number; readonly patience: number; readonly clock?: Clock },
): Promise<Route> {
  const abort = new AbortController();
  const { timeout, patience, clock } = limits;
  const connect = async (route: Route): Promise<Route> => {
    await route.connect({ timeout, signal: abort.signal });
    return route;
  };
  const attempts: Promise<Route>[] = [];
  let failure: unknown;
  try {
    for (const route of routes) {
      const attempt = connect(route);
      attempt.catch((error: unknown) => (failure = error));
      attempts.push(attempt);
      if (routes.length === 1) return await attempt;
      const failed = attempt.then(
        () => "connected" as const,
        () => "failed" as const,
      );
      const earlier = Promise.any(attempts).then(
        () => "connected" as const,
        () => "failed" as const,
      );
      const waited = pause(patience, { signal: abort.signal, clock }).then(() => "slow" as const);
      const outcome = await Promise.race([earlier, failed, waited]);
      if (outcome === "connected") break;
    }
    return await Promise.any(attempts);
  } catch {
    throw failure;
  } finally {
    abort.abort(new Error("another address was faster"));
  }
}
