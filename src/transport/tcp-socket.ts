// The properties of TCP sockets that both ends share.
import type { Socket } from "node:net";
import { netidOf, socketAddress } from "./address-forms.js";
import type { ConnectionInfo } from "./connection.js";

/** Milliseconds of silence after which the system probes the other end. */
export const keepAliveDelay = 60_000;

export function tcpInfo(socket: Socket): Omit<ConnectionInfo, "maxMessage" | "reliable"> {
  const local = socketAddress("tcp", socket.localAddress ?? "", socket.localPort ?? 0);
  // The address of an already disconnected peer is unknown.
  const remote = socketAddress("tcp", socket.remoteAddress ?? "unknown", socket.remotePort ?? 0);
  return { netid: netidOf(remote), local, remote };
}
