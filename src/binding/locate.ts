// Finds where a program of a host listens, by asking the host's binder.
import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Locator, Lookup } from "../client/index.js";
import { type Address, fromUniversalAddress } from "../transport/address.js";
import { askBinders } from "./ask.js";
import type { Binder } from "./binder.js";
import { BindingError } from "./errors.js";
import { type BinderPlaces, binderAddresses, isThisMachine, parseBinderAddress } from "./places.js";
import { isLoopback, isWildcard } from "./rpcbind/reachable.js";
import type { BinderEntry } from "./rpcbind/table.js";

export interface LocatorOptions extends BinderPlaces {
  /** Milliseconds that one question to a binder may take. Default 3000. */
  readonly timeout?: number;
}

const defaultTimeout = 3_000;

/**
 * Makes a locator that asks rpcbind: of the host, or the one that `lookup.rpcbind` names. On this machine it also asks
 * the Unix socket of rpcbind and the fallback binder, where no other answers.
 */
export function rpcbindLocator(options: LocatorOptions = {}): Locator {
  const { timeout = defaultTimeout } = options;
  return (lookup) => {
    const { host, transport, rpcbind, signal } = lookup;
    const given = rpcbind === undefined ? undefined : [parseBinderAddress(rpcbind, transport)];
    const addresses = given ?? binderAddresses(host, transport, options);
    return askBinders(addresses, { host, timeout, signal }, (binder) => ask(binder, lookup));
  };
}

async function ask(binder: Binder, lookup: Lookup): Promise<Address> {
  const { program, transport, signal } = lookup;
  await binder.connect({ signal });
  const netid = transport === "unix" ? "local" : binder.netid.endsWith("6") ? `${transport}6` : transport;
  const key = { program: program.number, version: program.version, netid };
  const answer = binder.netid === netid ? await binder.lookUp(key, { signal }) : "";
  if (answer !== "") return addressOf(binder, lookup, netid, answer);
  const known = await binder.dump({ signal });
  const entry = choose(known, lookup, netid);
  if (entry === undefined) throw notRegistered(binder, lookup, known);
  return addressOf(binder, lookup, entry.netid, entry.address);
}

/**
 * For a host's name the other IP version will do, but not for an IP address. Another version of the program will do
 * too: the program itself tells which it has.
 */
function choose(known: readonly BinderEntry[], lookup: Lookup, netid: string): BinderEntry | undefined {
  const { program, transport, host } = lookup;
  const ofName = isIP(host) === 0 ? [netid, transport, `${transport}6`] : [isIPv6(host) ? `${transport}6` : transport];
  const netids = transport === "unix" ? ["local"] : ofName;
  const own = known.filter((entry) => entry.program === program.number);
  const exact = own.filter((entry) => entry.version === program.version);
  for (const entries of [exact, own]) {
    for (const one of netids) {
      const found = entries.find((entry) => entry.netid === one);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The address that a binder means, as seen from here. */
function addressOf(binder: Binder, { host }: Lookup, netid: string, universal: string): Address {
  let address: Address;
  try {
    address = fromUniversalAddress(netid, universal);
  } catch (cause) {
    const message = `rpcbind at ${binder.name} answered with an address that is none: ${JSON.stringify(universal)}`;
    throw new BindingError("RPC_BAD_BINDER_ANSWER", message, { cause });
  }
  if (!("host" in address)) return address;
  const asked = "host" in binder.address ? binder.address.host : host;
  if (isWildcard(address.host)) return { ...address, host: isIPv6(address.host) === isIPv6(asked) ? asked : host };
  if (isLoopback(address.host) && !isOwn(asked)) {
    const message = `the program listens only at ${address.host} of ${host} itself: let it listen at an address that others can reach`;
    throw new BindingError("RPC_NOT_REGISTERED", message);
  }
  return address;
}

function isOwn(host: string): boolean {
  if (isThisMachine(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

function notRegistered(binder: Binder, { host, program, transport }: Lookup, known: readonly BinderEntry[]) {
  const own = known.filter((entry) => entry.program === program.number);
  const list = own.map(({ version, netid }) => `version ${version} over ${netid}`).join(", ");
  const there =
    own.length === 0 ? "the program is not registered there at all; is the server running?" : `registered are ${list}`;
  const message = `${program.name} version ${program.version} is not registered over ${transport} at ${host} (rpcbind at ${binder.name}): ${there}`;
  return new BindingError("RPC_NOT_REGISTERED", message);
}
