// Access control for registrations in a directory, and limits on their weight and priority.
import { BlockList, isIP, isIPv6 } from "node:net";
import type { dir_entry } from "../directory.gen.js";
import { type DirectorySecret, highestRank } from "../engine.js";
import { checkSecret } from "./proof.js";

/**
 * The callers that may register: "local" (those on the directory's own machine), "any" (all callers), or a list of
 * addresses and networks, besides the directory's own machine: `["192.0.2.7", "10.1.0.0/16", "2001:db8::/32"]`.
 */
export type Registrants = "any" | "local" | readonly string[];

/** The registration policy of a directory server. */
export interface PolicyOptions {
  /** Default "local"; with `secrets` "any", because each registration is signed then. */
  readonly registrants?: Registrants;
  /**
   * Requires every registration, also from the own machine, to be signed with one of these secrets. The registration then
   * belongs to its secret: without it, nobody can replace or remove it. Default: no secrets.
   */
  readonly secrets?: readonly DirectorySecret[];
  /** The highest weight; higher ones are reduced to it. 1 to 65,535. Default 65,535. */
  readonly mostWeight?: number;
  /** The lowest priority number, which is the most preferred; lower ones are raised to it. 0 to 65,535. Default 0. */
  readonly leastPriority?: number;
}

export class Policy {
  readonly secrets: ReadonlyMap<string, string>;
  readonly #registrants: "any" | "local" | BlockList;
  readonly #mostWeight: number;
  readonly #leastPriority: number;

  /** @throws TypeError that names the option. */
  constructor(options: PolicyOptions) {
    const { secrets = [], mostWeight = highestRank, leastPriority = 0 } = options;
    this.secrets = secretsOf(secrets);
    const { registrants = secrets.length > 0 ? "any" : "local" } = options;
    this.#registrants = typeof registrants === "string" ? registrants : networksOf(registrants);
    this.#mostWeight = checkRank(mostWeight, 1, "mostWeight");
    this.#leastPriority = checkRank(leastPriority, 0, "leastPriority");
  }

  /** `origin`: the caller's IP address, "" for this machine. @returns why it may not register. */
  refuses(origin: string): string | undefined {
    if (this.#registrants === "any" || origin === "") return undefined;
    if (this.#registrants === "local") {
      return "it accepts registrations only from its own machine; its options registrants or secrets allow others";
    }
    const [plain = ""] = origin.split("%", 1);
    if (this.#registrants.check(plain, isIPv6(plain) ? "ipv6" : "ipv4")) return undefined;
    return `${origin} is not among the machines that may register`;
  }

  /** The entry with its weight and priority limited to what the directory allows. */
  capped(entry: dir_entry): dir_entry {
    const { weight, priority } = entry;
    // An invalid weight is refused later.
    if (weight > highestRank) return entry;
    if (weight <= this.#mostWeight && priority >= this.#leastPriority) return entry;
    return {
      ...entry,
      weight: Math.min(weight, this.#mostWeight),
      priority: Math.max(priority, this.#leastPriority),
    };
  }
}

function secretsOf(given: readonly DirectorySecret[]): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const [i, one] of given.entries()) {
    const { name, secret } = checkSecret(one, `options.secrets[${i}]`);
    if (secrets.has(name)) throw new TypeError(`options.secrets[${i}].name: ${name} is given twice`);
    secrets.set(name, secret);
  }
  return secrets;
}

function networksOf(given: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of given) {
    const [address = "", bits, more] = text.split("/");
    const family = isIP(address);
    const longest = family === 6 ? 128 : 32;
    const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (family === 0 || more !== undefined || length < 0 || length > longest) {
      const what = 'give "any", "local", or IP addresses and networks like "192.0.2.7" and "10.1.0.0/16"';
      throw new TypeError(`options.registrants: ${JSON.stringify(text)} is not an IP address or a network; ${what}`);
    }
    list.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

function checkRank(value: number, least: number, name: string): number {
  if (Number.isInteger(value) && value >= least && value <= highestRank) return value;
  throw new TypeError(`options.${name} is ${String(value)}; give a whole number from ${least} to ${highestRank}`);
}
