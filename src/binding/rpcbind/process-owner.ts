// Whose a connection over the loopback interface is: Linux lists the user of every TCP socket. The caller says nothing.
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import type { Address } from "../../transport/address.js";
import { version6Bytes } from "./taddr.js";

const littleEndian = endianness() === "LE";

/**
 * The user id behind the other end of a TCP connection within this machine. Undefined where the system does not tell.
 * `remote` is the caller's end and `local` ours.
 */
export function userOfConnection(remote: Address, local: Address | undefined): number | undefined {
  if (remote.kind !== "tcp" || local?.kind !== "tcp") return undefined;
  for (const [file, isVersion6] of [
    ["tcp", false],
    ["tcp6", true],
  ] as const) {
    const pair = `${endOf(remote, isVersion6)} ${endOf(local, isVersion6)}`;
    const user = userIn(`/proc/self/net/${file}`, pair);
    if (user !== undefined) return user;
  }
  return undefined;
}

/** The columns are: number, local, remote, state, queues, timer, retransmissions, user id. */
function userIn(file: string, pair: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
  const at = text.indexOf(` ${pair} `);
  if (at < 0) return undefined;
  const user = text
    .slice(at + pair.length + 2, at + pair.length + 200)
    .trim()
    .split(/\s+/)[4];
  return user === undefined || !/^\d+$/.test(user) ? undefined : Number(user);
}

/** "0100007F:0801": each 32-bit word of the address in the machine's own order. */
function endOf({ host, port }: { readonly host: string; readonly port: number }, isVersion6: boolean): string {
  const isMapped = !host.includes(":");
  const four = isMapped ? host.split(".").map(Number) : [];
  const sixteen = isMapped ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...four] : [...version6Bytes(host)];
  const bytes = isVersion6 || !isMapped ? sixteen : four;
  const text = bytes.map((_, i) => {
    const byte = bytes[littleEndian ? (i & ~3) + 3 - (i & 3) : i] ?? 0;
    return byte.toString(16).padStart(2, "0");
  });
  return `${text.join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}
