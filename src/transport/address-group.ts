// Remote addresses that count as one host.
import { isIPv6 } from "node:net";
import { type Address, withoutMapping } from "./address-forms.js";

/**
 * The key by which connections of one source are counted: for IPv6 the /64 network, which belongs to one customer;
 * link-local addresses separately.
 */
export function addressGroup(remote: string): string {
  const plain = withoutMapping(remote);
  if (!isIPv6(plain) || /^fe[89ab]/i.test(plain)) return plain;
  if (plain === "::1" || plain.endsWith("::/64")) return plain;
  const [before = "", after] = plain.split("::", 2);
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const words = [...head, ...new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0"), ...tail];
  return `${words.slice(0, 4).join(":")}::/64`;
}

/** The key of the host at the other end of a connection; undefined if the transport has no hosts: memory, Unix sockets. */
export function groupOf(remote: Address): string | undefined {
  return "host" in remote ? addressGroup(remote.host) : undefined;
}
