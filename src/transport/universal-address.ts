// Writes universal addresses. Few clients need it, so it is not in address.ts, which reads them.
import { isIP } from "node:net";
import { type Address, formatAddress } from "./address-forms.js";
import { refuse } from "./schemes/table.js";

/**
 * Writes a universal address (RFC 5665 section 5.2.3): `h1.h2.h3.h4.p1.p2`, the same after an IPv6 address, or a path.
 * @throws TransportError TRANSPORT_BAD_ADDRESS for a host name (look it up first), and for `memory:` and other names.
 * @example
 * console.log(toUniversalAddress({ kind: "tcp", host: "127.0.0.1", port: 2049 })); // 127.0.0.1.8.1
 */
export function toUniversalAddress(address: Address): string {
  if ("path" in address) return address.path;
  if (!("host" in address)) return refuse(formatAddress(address), `${address.kind}: has no universal address`);
  if (isIP(address.host) === 0) {
    return refuse(address.host, "a universal address holds an IP address: look the host name up first");
  }
  return `${address.host}.${address.port >> 8}.${address.port & 0xff}`;
}
