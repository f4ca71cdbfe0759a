// TCP: connecting and listening (RFC 5531 section 11 over RFC 793).
import { isIP, type Socket } from "node:net";
import { type Address, formatAddress, netidOf, socketAddress } from "./address.js";
import { type ConnectOptions, connectStream } from "./connect.js";
import type { Connection, ConnectionInfo, Listener } from "./connection.js";
import { type ListenOptions, listenStream } from "./stream-listener.js";

/** Options of an outgoing TCP connection. */
export interface TcpConnectOptions extends ConnectOptions {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /**
   * Use a source port below 1024, which some servers take as proof of root. Needs the privilege. "try": any other port where
   * that cannot be had, as C does it for root. Default false.
   */
  readonly reservedPort?: boolean | "try";
  /** Have the system probe a silent peer. Default true. */
  readonly keepAlive?: boolean;
}

/** Options of a TCP listener. */
export interface TcpListenOptions extends ListenOptions {
  /** Address of the interface: "127.0.0.1", "::1", "0.0.0.0", "::". */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Have the system probe a silent peer. Default true. */
  readonly keepAlive?: boolean;
  /** Leave IPv4 to another listener where `host` is "::". Default false. */
  readonly ipv6Only?: boolean;
}

const keepAliveDelay = 60_000;

/**
 * Connects to the host: where its name has several addresses, to the first that answers.
 * @throws TransportError TRANSPORT_CONNECT_FAILED or TRANSPORT_TIMEOUT.
 */
export async function connectTcp(options: TcpConnectOptions): Promise<Connection> {
  if (isIP(options.host) !== 0) return connectToAddress(options);
  const { connectByName } = await import("./connect-by-name.js");
  return connectByName(options, connectToAddress);
}

async function connectToAddress(options: TcpConnectOptions): Promise<Connection> {
  const { reservedPort } = options;
  if (!reservedPort) return connectFrom(0, options);
  const { connectFromReserved } = await import("./reserved-port.js");
  return connectFromReserved((port) => connectFrom(port, options), reservedPort);
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED. */
export function listenTcp(
  onConnection: (connection: Connection) => void,
  options: TcpListenOptions,
): Promise<Listener> {
  const { host, port, fd, ipv6Only = false } = options;
  const target = {
    name: formatAddress({ kind: "tcp", host, port }),
    listen: fd === undefined ? { host, port, ipv6Only } : { fd },
    server: { noDelay: true, keepAlive: options.keepAlive ?? true, keepAliveInitialDelay: keepAliveDelay },
    address: (bound: { address: string; port: number }): Address => ({
      kind: "tcp",
      host: bound.address,
      port: bound.port,
    }),
    info: tcpInfo,
  };
  return listenStream(target, onConnection, options);
}

function connectFrom(localPort: number, options: TcpConnectOptions): Promise<Connection> {
  const { host, port } = options;
  const keepAlive = options.keepAlive ?? true;
  const socket = { host, port, noDelay: true, keepAlive, keepAliveInitialDelay: keepAliveDelay };
  const target = {
    name: formatAddress({ kind: "tcp", host, port }),
    socket: localPort === 0 ? socket : { ...socket, localPort },
    info: tcpInfo,
  };
  return connectStream(target, options);
}

function tcpInfo(socket: Socket): Omit<ConnectionInfo, "maxMessage" | "reliable"> {
  const local = socketAddress("tcp", socket.localAddress ?? "", socket.localPort ?? 0);
  // The address of a peer that has disconnected already is unknown.
  const remote = socketAddress("tcp", socket.remoteAddress ?? "unknown", socket.remotePort ?? 0);
  return { netid: netidOf(remote), local, remote };
}
