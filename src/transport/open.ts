// Opening connections and listeners by address: the one place that knows all transports.
import { type Address, formatAddress, parseAddress } from "./address.js";
import type { ConnectOptions } from "./connect.js";
import { type Connection, type Listener, TransportError } from "./connection.js";
import type { MemoryNetwork, MemoryOptions } from "./memory.js";
import { connectTcp, listenTcp, type TcpConnectOptions, type TcpListenOptions } from "./tcp.js";
import { connectUdp } from "./udp.js";
import { listenUdp, type UdpListenOptions } from "./udp-listener.js";
import { connectUnix, listenUnix, type UnixListenOptions } from "./unix.js";

/** Options of `openConnection`. Each transport takes those that concern it. */
export interface OpenConnectionOptions
  extends ConnectOptions,
    Omit<Partial<TcpConnectOptions>, keyof ConnectOptions | "host" | "port"> {
  /** Where `memory:` names live. */
  readonly network?: MemoryNetwork;
}

/** Options of `openListener`. Each transport takes those that concern it. */
export interface OpenListenerOptions
  extends Omit<TcpListenOptions, "host" | "port">,
    Pick<UnixListenOptions, "mode">,
    Pick<UdpListenOptions, "maxPeers" | "groups"> {
  /** Where `memory:` names live. */
  readonly network?: MemoryNetwork;
}

/**
 * Connects to an address, or to its text: `tcp://host:port`, `udp://host:port`, `unix:/path`, `memory:name`.
 * @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS.
 */
export async function openConnection(
  address: Address | string,
  options: OpenConnectionOptions = {},
): Promise<Connection> {
  const where = resolve(address);
  switch (where.kind) {
    case "tcp":
      return connectTcp({ ...options, host: where.host, port: where.port });
    case "udp":
      return connectUdp({ ...options, host: where.host, port: where.port });
    case "unix":
      return connectUnix({ ...options, path: where.path });
    case "memory":
      return networkOf(where.name, options).connect(where.name, memoryOptions(options));
  }
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
  const where = resolve(address);
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

function resolve(address: Address | string): Address {
  const where = typeof address === "string" ? parseAddress(address) : address;
  if (where.kind !== "host") return where;
  const text = formatAddress(where);
  throw new TransportError(
    "TRANSPORT_BAD_ADDRESS",
    `${text} has no port: write tcp://${where.host}:port, or ask its rpcbind`,
  );
}

function networkOf(name: string, options: { readonly network?: MemoryNetwork }): MemoryNetwork {
  if (options.network !== undefined) return options.network;
  const message = `memory:${name} needs the network option: a MemoryNetwork that both ends share`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}

function memoryOptions(options: OpenConnectionOptions): MemoryOptions {
  const { maxMessage, highWaterMark } = options;
  return {
    ...(maxMessage === undefined ? {} : { maxMessage }),
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  };
}
