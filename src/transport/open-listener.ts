// Opening listeners by address.
import type { Address } from "./address.js";
import type { Connection, Listener } from "./connection.js";
import type { MemoryNetwork } from "./memory.js";
import { networkOf, resolveAddress } from "./open.js";
import { listenTcp, type TcpListenOptions } from "./tcp.js";
import { listenUdp, type UdpListenOptions } from "./udp-listener.js";
import { listenUnix, type UnixListenOptions } from "./unix.js";

/** Options of `openListener`. Each transport takes those that concern it. */
export interface OpenListenerOptions
  extends Omit<TcpListenOptions, "host" | "port">,
    Pick<UnixListenOptions, "mode">,
    Pick<UdpListenOptions, "maxPeers" | "groups" | "perAddress"> {
  /** Where `memory:` names live. */
  readonly network?: MemoryNetwork;
}

/**
 * Listens at an address, or at its text; port 0 takes a free one, which the listener's `address` tells.
 * @throws TransportError TRANSPORT_LISTEN_FAILED, TRANSPORT_BAD_ADDRESS.
 */
export async function openListener(
  address: Address | string,
  onConnection: (connection: Connection) => void,
  options: OpenListenerOptions = {},
): Promise<Listener> {
  const where = resolveAddress(address);
  switch (where.kind) {
    case "tcp":
      return listenTcp(onConnection, { ...options, host: where.host, port: where.port });
    case "udp":
      return listenUdp(onConnection, { ...options, host: where.host, port: where.port });
    case "unix":
      return listenUnix(onConnection, { ...options, path: where.path });
    case "memory":
      return networkOf(where.name, options).listen(where.name, onConnection);
  }
}
