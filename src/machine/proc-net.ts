// The lists of sockets in /proc/net (Linux): their texts, and the addresses in them.
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import type { End } from "./ip-address.js";
import { version6Bytes, version6Text } from "./ip-bytes.js";

const littleEndian = endianness() === "LE";

/** The text of a list, such as "tcp6"; "" if the system has no such list. */
export function readSocketList(name: string): string {
  try {
    return readFileSync(`/proc/self/net/${name}`, "latin1");
  } catch {
    return "";
  }
}

/**
 * An end as the lists have it: "0100007F:0801", each 32-bit word of the address in the machine's own order. The lists of
 * IPv6 have IPv4 addresses as ::ffff:a.b.c.d.
 */
export function toListed({ host, port }: End, isVersion6List: boolean): string {
  const isVersion6 = host.includes(":");
  const own = isVersion6 ? host : `::ffff:${host}`;
  const bytes = inOwnOrder(isVersion6List || isVersion6 ? [...version6Bytes(own)] : host.split(".").map(Number));
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

/** The end that a list has as "0100007F:0801". */
export function fromListed(text: string): End {
  const [hex = "", port = ""] = text.split(":");
  const bytes = inOwnOrder((hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)));
  const host = bytes.length === 16 ? version6Text(bytes) : bytes.join(".");
  return { host, port: Number.parseInt(port, 16) };
}

/** Turns network order into the order of the lists, and back. */
function inOwnOrder(bytes: readonly number[]): number[] {
  return bytes.map((_, i) => bytes[littleEndian ? (i & ~3) + 3 - (i & 3) : i] ?? 0);
}
