// Which machines may connect to a listener: all, or only this one. Loaded when it matters.
import { systemClock } from "../base/clock.js";
import { localAddresses } from "../machine/interfaces.js";
import { isLoopback } from "../machine/ip-address.js";
import { type Address, formatAddress } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { OpenListenerOptions } from "../transport/schemes/scheme.js";
import type { TlsListenOptions } from "./tls-options.js";
import { warn } from "./unhandled.js";

/**
 * Which machines may connect to an address. `"local"`: only programs on this machine; connections and datagrams from other
 * machines are refused and counted in `server.refusedStrangers`. `"network"`: other machines too.
 */
export type Accept = "local" | "network";

/** Options of `server.listen`. */
export interface ServerListenOptions extends OpenListenerOptions {
  /**
   * Which machines may connect. Set it for every address other than loopback, Unix sockets and memory. Without it such an
   * address serves the network, and the process emits the warning LUPINE_ACCEPT once.
   */
  readonly accept?: Accept;
  /**
   * TLS (RFC 9289) on a TCP address: clients connect to the same port in clear text, and then request TLS. Default: none.
   * @example
   * // Only clients with a certificate of our own authority, except for procedure 0:
   * // await server.listen("tcp://0.0.0.0:4000", {
   * //   accept: "network",
   * //   tls: { cert: "/etc/add/server.pem", key: "/etc/add/server.key", ca: "/etc/add/ca.pem", require: "client-certificate" },
   * // });
   */
  readonly tls?: TlsListenOptions;
}

/**
 * Milliseconds for which the machine's addresses are cached, so that the system is not asked for each datagram of a
 * flood.
 */
const addressesKept = 1_000;

/** Decides which callers are programs on this machine. */
export class OwnAddresses {
  #addresses: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;

  /** Whether it is an address of this machine, or one without a host: a Unix socket, memory. */
  has(remote: Address): boolean {
    if (!("host" in remote) || isLoopback(remote.host)) return true;
    const now = systemClock.now();
    if (now - this.#readAt > addressesKept) {
      this.#readAt = now;
      this.#addresses = new Set(localAddresses());
    }
    return this.#addresses.has(remote.host);
  }
}

/** Accepts or refuses connections, and counts the refused ones. */
export class Doorkeeper {
  readonly #own = new OwnAddresses();
  /** Refused connections and datagrams of other machines. */
  refused = 0;

  /** Why a connection is refused; undefined if it may be served. */
  refusal({ info }: Connection): TransportError | undefined {
    if (this.#own.has(info.remote)) return undefined;
    this.refused++;
    const from = formatAddress(info.remote);
    const message = `${from} was refused: the server is for programs of this machine (accept: "local")`;
    return new TransportError("TRANSPORT_NOT_LOCAL", message);
  }
}

let isWarned = false;

/** Warns once in the process that an address is open to the network although `accept` was not set. */
export function warnOfOpen(address: Address): void {
  if (isWarned) return;
  isWarned = true;
  const text = formatAddress(address);
  const advice = 'set the option accept: "network", or "local" for this machine alone';
  warn("LUPINE_ACCEPT", `${text} is open to every machine that reaches it: ${advice}`);
}
