// One socket for each address of this machine, besides the wildcard socket: a reply then leaves from the address to
// which the call was sent. From the wildcard socket the system would choose the address (Node has no IP_PKTINFO).

import { isIPv6 } from "node:net";
import { systemClock, type Timer } from "../base/clock.js";
import { askedAddress } from "../machine/asked-address.js";
import { localAddresses } from "../machine/interfaces.js";
import { isLoopback } from "../machine/ip-address.js";

/** Milliseconds between checks for new and removed addresses. */
export const addressInterval = 5_000;
/** The most sockets of one listener for single addresses. */
export const mostLocalSockets = 256;
/** Milliseconds between checks for new addresses that datagrams to the wildcard socket cause. */
const shortestInterval = 1_000;
/**
 * The share of the time that may be spent on finding the addresses that local clients called, and the most milliseconds
 * at once.
 */
const askedShare = 0.1;
const mostAskedTime = 50;

/** The listener that the sockets belong to. */
export interface LocalSocketsOwner<Place> {
  readonly port: number;
  /** Whether the wildcard socket receives datagrams for an address: it depends on the family. */
  readonly takes: (address: string) => boolean;
  /** Opens a socket. `failed` is called, in a later turn, when the address cannot be bound. */
  open(address: string, failed: (error: Error) => void): Place;
  close(place: Place): void;
  /** Called for the first address that cannot be bound, once for each reason, and for too many addresses. */
  report(message: string, cause?: Error): void;
}

/** Opens and closes sockets as the machine's addresses come and go. */
export class LocalSockets<Place> {
  readonly #owner: LocalSocketsOwner<Place>;
  readonly #read: () => readonly string[];
  readonly #open = new Map<string, Place>();
  /** Addresses of no interface that clients of this machine have asked: they stay. */
  readonly #asked = new Set<string>();
  readonly #reported = new Set<string>();
  readonly #timer: Timer;
  #known: ReadonlySet<string> = new Set();
  #refreshedAt = 0;
  /** Milliseconds that may still be spent on finding called addresses, as of `#budgetAt`. */
  #budget = mostAskedTime;
  #budgetAt = systemClock.now();

  constructor(owner: LocalSocketsOwner<Place>, read: () => readonly string[] = localAddresses) {
    this.#owner = owner;
    this.#read = read;
    this.refresh();
    this.#timer = systemClock.setInterval(() => this.refresh(), addressInterval).unref();
  }

  /** Opens sockets for addresses that are new, and closes those whose address was removed. */
  refresh(): void {
    this.#refreshedAt = systemClock.now();
    try {
      this.#known = new Set(this.#read().filter(this.#owner.takes));
    } catch {
      // If no file descriptors are free, the system cannot list its interfaces.
      return;
    }
    for (const [address, place] of this.#open) {
      if (this.#known.has(address) || this.#asked.has(address)) continue;
      this.#open.delete(address);
      this.#owner.close(place);
    }
    for (const address of this.#known) this.#add(address);
  }

  /**
   * The socket of the address to which a datagram on the wildcard socket was sent: only for clients on this machine.
   * Undefined: cannot be determined. "later": not determined now.
   */
  placeAskedBy(client: { readonly host: string; readonly port: number }): Place | undefined | "later" {
    const began = systemClock.now();
    // The called address may be new: a retransmitted call then arrives at the address's own socket.
    if (began - this.#refreshedAt > shortestInterval) this.refresh();
    if (!isLoopback(client.host) && !this.#known.has(client.host)) return undefined;
    this.#budget = Math.min(mostAskedTime, this.#budget + (began - this.#budgetAt) * askedShare);
    this.#budgetAt = began;
    if (this.#budget <= 0) return "later";
    const address = askedAddress(client, this.#owner.port);
    this.#budget -= systemClock.now() - began;
    if (address === undefined || isGroup(address)) return undefined;
    this.#asked.add(address);
    return this.#add(address);
  }

  stop(): void {
    systemClock.clearTimeout(this.#timer);
  }

  #add(address: string): Place | undefined {
    const known = this.#open.get(address);
    if (known !== undefined) return known;
    if (this.#open.size >= mostLocalSockets) {
      const why = `there are more than ${mostLocalSockets} addresses: replies to the others leave from any address`;
      this.#report("too many", why);
      return undefined;
    }
    const place = this.#owner.open(address, (error) => {
      if (this.#open.get(address) !== place) return;
      this.#open.delete(address);
      this.#asked.delete(address);
      this.#owner.close(place);
      // An address that is not usable yet, or no longer, is tried again at the next check.
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "EADDRNOTAVAIL") return;
      const why = `no socket for ${address} (${error.message}): replies from there may leave from another address`;
      this.#report(code, why, error);
    });
    this.#open.set(address, place);
    return place;
  }

  #report(kind: string, message: string, cause?: Error): void {
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.#owner.report(message, cause);
  }
}

/** IPv4 multicast and broadcast addresses: nothing can be sent from there. */
function isGroup(address: string): boolean {
  return Number(address.split(".", 1)[0]) >= 224;
}

/** The families that a socket for all addresses receives. */
export function familiesOf(host: string, ipv6Only: boolean): (address: string) => boolean {
  if (!isIPv6(host)) return (address) => !isIPv6(address);
  return ipv6Only ? isIPv6 : () => true;
}
