// TCP, the server's end (RFC 5531 section 11 over RFC 793).
import { type Address, formatAddress, tcpInfo } from "./address-forms.js";
import type { Connection, Listener } from "./connection.js";
import { keepAliveDelay } from "./stream.js";
import { type ListenOptions, listenStream } from "./stream-listener.js";

/** Options of a TCP listener. */
export interface TcpListenOptions extends ListenOptions {
  /** Address of the interface: "127.0.0.1", "::1", "0.0.0.0", "::". */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** True: the system probes a silent peer. Default true. */
  readonly keepAlive?: boolean;
  /** Leave IPv4 to another listener if `host` is "::". Default false. */
  readonly ipv6Only?: boolean;
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
