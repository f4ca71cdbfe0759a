// The IP addresses of hosts that no name server is asked for.
import { isIP } from "node:net";
import { withoutScope } from "./ip-address.js";

/**
 * An IP address is its own. `localhost` is the loopback interface, over IPv4 and IPv6, regardless of the system's files and name
 * servers (RFC 6761 section 6.3). Undefined for other names.
 */
export function knownAddresses(host: string): readonly string[] | undefined {
  if (isIP(withoutScope(host)) !== 0) return [host];
  return /^(.+\.)?localhost\.?$/i.test(host) ? ["127.0.0.1", "::1"] : undefined;
}
