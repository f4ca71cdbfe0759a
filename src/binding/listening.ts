// The addresses of a server as netids and universal addresses.
import type { Listener } from "../transport/connection.js";
import { toUniversalAddress } from "../transport/universal-address.js";

/**
 * The universal address for each netid: that of the first listener which has it. A listener on every address of IPv6
 * takes IPv4 as well, so it counts for both. Names such as `memory:` cannot be reached from elsewhere and are left out.
 */
export function addressesByNetid(listeners: readonly Listener[]): Map<string, string> {
  const addresses = new Map<string, string>();
  const add = (netid: string, address: Listener["address"]): void => {
    if (!addresses.has(netid)) addresses.set(netid, toUniversalAddress(address));
  };
  for (const { netid, address } of listeners) if (!("name" in address)) add(netid, address);
  for (const { netid, address } of listeners) {
    if ("host" in address && address.host === "::") add(netid.replace("6", ""), { ...address, host: "0.0.0.0" });
  }
  return addresses;
}
