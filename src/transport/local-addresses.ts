// The addresses of this machine, and which of them a program of this machine has asked.
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/** The addresses of all interfaces that are up: link-local ones of IPv6 with their scope, `fe80::1%eth0`. */
export function localAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address }) => (/^fe[89ab]/i.test(address) ? `${address}%${name}` : address)),
  );
}

/** Whether an IP address is one of this machine's own, for no other: 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === "::1";
}

/** One end of UDP. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * The IPv4 address that a client of this machine asks, when it has connected its socket: Linux lists that in
 * /proc/net/udp. For addresses that belong to no interface, such as 127.0.0.2. Undefined when the socket is not
 * connected, is not there any more, or the system has no such file.
 */
export function askedAddress(client: Endpoint, port: number): string | undefined {
  if (isIPv6(client.host)) return undefined;
  return askedIn("/proc/net/udp", client, port, "") ?? askedIn("/proc/net/udp6", client, port, mappedPrefix);
}

/** ::ffff:0:0/96 as the kernel prints it on this machine: 32-bit words in the order of the machine's bytes. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const mappedPrefix = `${"0".repeat(16)}${isLittleEndian ? "FFFF0000" : "0000FFFF"}`;

function askedIn(file: string, client: Endpoint, port: number, prefix: string): string | undefined {
  let text = "";
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
  const local = ` ${prefix}${hexAddress(client.host)}:${hexPort(client.port)} ${prefix}`;
  for (let at = text.indexOf(local); at >= 0; at = text.indexOf(local, at + 1)) {
    const remote = text.slice(at + local.length, at + local.length + 13);
    if (remote.slice(8) === `:${hexPort(port)}`) return addressOf(remote.slice(0, 8));
  }
  return undefined;
}

function hexAddress(host: string): string {
  const hex = host.split(".").map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"));
  return (isLittleEndian ? hex.reverse() : hex).join("");
}

function addressOf(hex: string): string {
  const parts = (hex.match(/../g) ?? []).map((part) => Number.parseInt(part, 16));
  return (isLittleEndian ? parts.reverse() : parts).join(".");
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}
