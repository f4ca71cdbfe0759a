// The public door of the transports.

export { type InheritedSocket, inheritedSockets, notifyReady } from "../machine/systemd.js";
export {
  type Address,
  type AddressKinds,
  formatAddress,
  fromUniversalAddress,
  type HostAddress,
  longestUnixPath,
  type Netid,
  parseAddress,
} from "./address.js";
export type { ConnectOptions } from "./connect.js";
export { defaultConnectTimeout } from "./connect-time.js";
export * from "./connection.js";
export { defaultMaxPeers, longestDatagram, type UdpOptions } from "./datagram.js";
export { TransportError, type TransportErrorCode } from "./errors.js";
export { type Framing, type MessageParser, recordMarking } from "./framing.js";
export {
  defaultFirstRecordTimeout,
  defaultIdleTimeout,
  defaultMaxConnections,
  defaultMaxConnectionsPerAddress,
} from "./listener-defaults.js";
export { MemoryNetwork, type MemoryOptions, memoryPair } from "./memory.js";
export { openConnection, openListener } from "./open.js";
export { defaultClientHighWaterMark, defaultHighWaterMark, defaultMaxMessage, type OutputOptions } from "./output.js";
export {
  defaultRecordLimits,
  longestFragment,
  type RecordLimits,
  RecordParser,
  type RecordSink,
} from "./record-marking.js";
export type { OpenConnectionOptions, OpenListenerOptions, Scheme } from "./schemes/scheme.js";
export { defaultCloseTimeout, defaultHalfCloseTimeout, type StreamOptions } from "./stream.js";
export type { ListenOptions } from "./stream-listener.js";
export { connectTcp, type TcpConnectOptions } from "./tcp.js";
export { listenTcp, type TcpListenOptions } from "./tcp-listener.js";
export { connectUdp, type UdpConnectOptions } from "./udp.js";
export { listenUdp, type UdpListenOptions } from "./udp-listener.js";
export { defaultMaxUnfinished } from "./unfinished.js";
export { toUniversalAddress } from "./universal-address.js";
export { listenUnix, type UnixListenOptions } from "./unix.js";
export { connectUnix, type UnixConnectOptions } from "./unix-connect.js";
