// Making UDP sockets, for both ends.
import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";

/** The option of Node's sockets that lets several share a port. */
export type SocketSharing = { readonly reusePort: true } | { readonly reuseAddr: true };

/** A UDP socket of the address's family. It never looks up names: it only gets IP addresses. */
export function datagramSocket(address: string, ipv6Only = false, sharing?: SocketSharing): Socket {
  const noLookup = (host: string, family: unknown, done: (error: null, host: string, family: number) => void): void =>
    done(null, host, family as number);
  const type = isIP(address) === 6 ? "udp6" : "udp4";
  return createSocket({ type, ipv6Only, lookup: noLookup as never, ...sharing });
}
