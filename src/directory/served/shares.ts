// How much of a limit each host uses. One host, or one that has several addresses, cannot use up what others need.
import { version6Bytes } from "../../machine/ip-bytes.js";

export interface ShareLimits {
  /** The most of all hosts together. */
  readonly most: number;
  /** The most of one host. */
  readonly perHost: number;
  /** The share of `most`, 0 to 1, that is reserved for the directory's own machine. */
  readonly reserved: number;
}

export class Shares {
  readonly #limits: ShareLimits;
  readonly #hosts = new Map<string, number>();
  #total = 0;

  constructor(limits: ShareLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * The limit that `more` would exceed; undefined if it fits. Another machine may use as much as it leaves free: so
   * however many hosts take all they can, the next one still finds half of what the last one found.
   * @param ofHost the part of it that is new for this host, if something changes hosts.
   */
  excess(origin: string, more: number, ofHost = more): "all" | "host" | undefined {
    const { most, perHost, reserved } = this.#limits;
    const part = origin === "" ? most : most * (1 - reserved);
    if (more > 0 && this.#total + more > part) return "all";
    const mostOfHost = origin === "" ? perHost : Math.min(perHost, part - this.#total);
    const held = this.#hosts.get(hostOf(origin)) ?? 0;
    return ofHost > 0 && held + ofHost > mostOfHost ? "host" : undefined;
  }

  /** Adds to what a host uses, or takes it away. */
  count(origin: string, by: number): void {
    const host = hostOf(origin);
    const held = (this.#hosts.get(host) ?? 0) + by;
    if (held > 0) this.#hosts.set(host, held);
    else this.#hosts.delete(host);
    this.#total += by;
  }
}

/**
 * The key of a host; "" is the directory's own machine. For IPv6 it is the /64 network, because one machine can have any
 * number of addresses in its network.
 */
export function hostOf(origin: string): string {
  if (!origin.includes(":")) return origin;
  return Buffer.from(version6Bytes(origin).subarray(0, 8)).toString("hex");
}
