// Version 2 names transports by IP protocol number and addresses by port; all other code uses netids and universal
// addresses.
import { IPPROTO_TCP, IPPROTO_UDP } from "./portmap.gen.js";

/** Undefined for netids that version 2 cannot express. */
export function protocolOf(netid: string): number | undefined {
  return netid === "tcp" ? IPPROTO_TCP : netid === "udp" ? IPPROTO_UDP : undefined;
}

/** Undefined for protocols other than TCP and UDP. */
export function netidOfProtocol(protocol: number): "tcp" | "udp" | undefined {
  return protocol === IPPROTO_TCP ? "tcp" : protocol === IPPROTO_UDP ? "udp" : undefined;
}

/** A port on every interface. */
export function universalAddressOfPort(port: number): string {
  return `0.0.0.0.${port >> 8}.${port & 0xff}`;
}
