// The addresses of the two ends of a connection.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Address, socketAddress } from "../transport/address.js";
import { addressGroup } from "../transport/address-group.js";

export interface Ends {
  readonly local: Address;
  readonly remote: Address;
}

export function endsOf(stream: Duplex): Ends {
  const { localAddress, localPort, remoteAddress, remotePort } = stream as Partial<Socket>;
  const end = (host: string | undefined, port: number | undefined): Address =>
    host === undefined || port === undefined ? ownStream : socketAddress("tcp", host, port);
  return { local: end(localAddress, localPort), remote: end(remoteAddress, remotePort) };
}

/** The host at the other end, for limits: for IPv6, the network of /64. Undefined for a program's own streams. */
export function hostOf({ remote }: Ends): string | undefined {
  return "host" in remote ? addressGroup(remote.host) : undefined;
}

const ownStream: Address = Object.freeze({ kind: "memory", name: "a stream" });
