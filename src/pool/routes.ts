// The routes to one server: which of its addresses a client can use, the first of them that connects, and their replacement.
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import type { TransportName } from "../client/locator.js";
import type { Channel } from "../rpc/call.js";
import { RpcDisconnected } from "../rpc/errors.js";
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

/** `timeout`, `patience`: milliseconds. */
export interface ConnectLimits {
  readonly timeout: number;
  /** The next route is tried when one has taken so long. */
  readonly patience: number;
  readonly clock?: Clock;
}

/** The routes to a server that calls use now, and old ones, which are closed when their calls have ended. */
export class ServerRoutes {
  readonly #open: () => readonly Route[];
  #routes: readonly Route[] | undefined;
  #connected: Route | undefined;
  readonly #retired = new Map<Route, Promise<void>>();

  /** `open` makes new routes. */
  constructor(open: () => readonly Route[]) {
    this.#open = open;
  }

  /** The route that calls are sent over. Its connection may be lost since. */
  get current(): Route | undefined {
    return this.#connected;
  }

  /** Connects. @returns false if the routes were retired meanwhile. @throws RpcError; `name` is the server's, for its message. */
  async connect(name: string, limits: ConnectLimits): Promise<boolean> {
    this.#routes ??= this.#open();
    const routes = this.#routes;
    if (routes.length === 0) {
      const message = `${name} is not an address that this client can use (options.transport)`;
      throw new RpcDisconnected(message, { mayHaveRun: false });
    }
    const route = await firstToConnect(routes, limits);
    if (this.#routes !== routes) return false;
    this.#connected = route;
    return true;
  }

  /** Uses new routes for the next calls. */
  retire(): void {
    const routes = this.#routes ?? [];
    this.#routes = undefined;
    this.#connected = undefined;
    for (const route of routes) {
      this.#retired.set(
        route,
        route.close().finally(() => this.#retired.delete(route)),
      );
    }
  }

  /** Resolves when all retired routes are closed. */
  async haveClosed(): Promise<void> {
    await Promise.all(this.#retired.values());
  }

  destroy(reason?: Error): void {
    for (const route of [...(this.#routes ?? []), ...this.#retired.keys()]) route.destroy(reason);
  }
}

/**
 * Returns the first route that connects. The next one is tried when one has failed, or in parallel when one takes
 * longer than `patience` milliseconds.
 * @throws the error of the last route.
 */
export async function firstToConnect(routes: readonly Route[], limits: ConnectLimits): Promise<Route> {
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
