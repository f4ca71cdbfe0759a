// TCP, the client's end (RFC 5531 section 11 over RFC 793).
import { isIP } from "node:net";
import { formatAddress, tcpInfo } from "./address-forms.js";
import { type ConnectOptions, connectStream } from "./connect.js";
import type { Connection } from "./connection.js";
import { keepAliveDelay } from "./stream.js";

/** Options of an outgoing TCP connection. */
export interface TcpConnectOptions extends ConnectOptions {
  readonly host: string;
  /** The port, 1 to 65535. */
  readonly port: number;
  /**
   * True: use a source port below 1024, which some servers accept as proof of root. Needs the privilege. "try": use any
   * other port if that fails, as C does for root. Default false.
   */
  readonly reservedPort?: boolean | "try";
  /** True: the system probes a silent peer. Default true. */
  readonly keepAlive?: boolean;
}

/**
 * Connects to the host; if its name has several addresses, to the first that answers.
 * @throws TransportError TRANSPORT_CONNECT_FAILED or TRANSPORT_TIMEOUT.
 */
export async function connectTcp(options: TcpConnectOptions): Promise<Connection> {
  if (isIP(options.host) !== 0) return connectToAddress(options);
  const { connectByName } = await import("./late-parts.js");
  return connectByName(options, connectToAddress);
}

async function connectToAddress(options: TcpConnectOptions): Promise<Connection> {
  const { reservedPort } = options;
  if (!reservedPort) return connectFrom(0, options);
  const { connectFromReserved } = await import("./rare-parts.js");
  return connectFromReserved((port) => connectFrom(port, options), reservedPort);
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
