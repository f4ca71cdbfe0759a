// Opening listeners by address.
import type { Address } from "./address.js";
import type { Connection, Listener } from "./connection.js";
import type { MemoryNetwork } from "./memory.js";
import { networkOf, resolveAddress } from "./resolve.js";
import { listenTcp, type TcpListenOptions } from "./tcp-listener.js";
import type { UdpListenOptions } from "./udp-listener.js";
import type { UnixListenOptions } from "./unix.js";

/** Options of `openListener` and `server.listen`. Each transport uses those that apply to it. */
export interface OpenListenerOptions
  extends Omit<TcpListenOptions, "host" | "port">,
    Pick<UnixListenOptions, "mode">,
    Pick<UdpListenOptions, "maxPeers" | "groups" | "perAddress"> {
  /** The network of `memory:` names. */
  readonly network?: MemoryNetwork;
}

/**
 * Listens on an address or its text. With port 0 the system chooses a port, which the listener's `address` has.
 * @throws TransportError TRANSPORT_LISTEN_FAILED, TRANSPORT_BAD_ADDRESS.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const listener = await openListener("tcp://127.0.0.1:0", (connection) => server.accept(connection));
 * await using client = createClient(ADD_VERS, listener.address);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 * await listener.close();
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
    case "udp": {
      const { listenUdp } = await import("./udp-listener.js");
      return listenUdp(onConnection, { ...options, host: where.host, port: where.port });
    }
    case "unix": {
      const { listenUnix } = await import("./unix.js");
      return listenUnix(onConnection, { ...options, path: where.path });
    }
    case "memory":
      return networkOf(where.name, options).listen(where.name, onConnection);
  }
}

/**
 * Loads the code of every listener. Afterwards several addresses can be opened before the event loop turns, so that no call
 * arrives at the first one while the others are still missing.
 */
export async function loadListeners(): Promise<void> {
  await Promise.all([import("./udp-listener.js"), import("./unix.js")]);
}
