// Which address of this machine a program of this machine has sent a datagram to.
import { isIPv6 } from "node:net";
import type { End } from "./ip-address.js";
import { fromListed, readSocketList, toListed } from "./proc-net.js";

/**
 * The IPv4 address that a client on this machine called, if it has connected its socket: Linux lists it in
 * /proc/net/udp. For addresses that belong to no interface, such as 127.0.0.2. Undefined if the socket is not connected
 * or no longer exists, or the system has no such file.
 */
export function askedAddress(client: End, port: number): string | undefined {
  if (isIPv6(client.host)) return undefined;
  return askedIn("udp", client, port) ?? askedIn("udp6", client, port);
}

function askedIn(list: "udp" | "udp6", client: End, port: number): string | undefined {
  const text = readSocketList(list);
  const own = ` ${toListed(client, list === "udp6")} `;
  for (let at = text.indexOf(own); at >= 0; at = text.indexOf(own, at + 1)) {
    const remote = text.slice(at + own.length, at + 2 * own.length - 2);
    // In the list of IPv6, an IPv4 address is the last 32-bit word of an address.
    const end = fromListed(remote.slice(-"0100007F:0801".length));
    if (end.port === port) return end.host;
  }
  return undefined;
}
