// The everyday door: clients that find programs through rpcbind, servers, registering, errors, credentials.
import {
  type ClientOptions,
  type ClientWiring,
  type ClosableClient,
  createClientWith,
  type Target,
} from "./client/index.js";
import type { DirectoryOptions } from "./directory/balance/options.js";
import { createDirectoryClient, isDirectoryTarget } from "./directory/door.js";
import type { Procedures, Program } from "./rpc/index.js";

export { acceptNone, acceptShort, acceptSys, authNone, authSys, ShortHandles } from "./auth/index.js";
export {
  BindingError,
  type BindingErrorCode,
  type BroadcastAnswer,
  type BroadcastOptions,
  broadcast,
  closeOnSignals,
  fallbackRpcbindPort,
  procedureOf,
  type RegisterOptions,
  type Registration,
  Rpcbind,
  type RpcbindOptions,
  register,
  startRpcbind,
} from "./binding/index.js";
export {
  type Backoff,
  type Callbacks,
  type ClientOptions,
  type ClosableClient,
  type ConnectOptions,
  channelOf,
  closeClient,
  connect,
  defaultBackoff,
  defaultConnectTimeout,
  type KeepAlive,
  type Locator,
  type Lookup,
  type Target,
  type TransportName,
} from "./client/index.js";
export type {
  Directory,
  DirectoryError,
  DirectoryErrorCode,
  DirectoryServer,
  DirectoryServerOptions,
  Lease,
  RegisterServiceOptions,
  ServiceDescription,
  ServiceEntry,
} from "./directory/index.js";
export {
  type ClientCallEvent,
  type ConnectEvent,
  type ConnectionEvent,
  type Dispatcher,
  type DroppedMessageEvent,
  defaultRetransmit,
  defaultTimeout,
  type LeftOver,
  type MessageEvent,
  type OnLeftOver,
  Peer,
  type PeerOptions,
  type RetransmitEvent,
  type RetransmitPolicy,
  type ServerCallEvent,
} from "./peer/index.js";
export {
  AuthFlavor,
  AuthStat,
  type Call,
  type CallOptions,
  type CallPlace,
  type Channel,
  type ChannelCall,
  type Client,
  type ClientAuth,
  type Handler,
  type Identity,
  type Implementation,
  type IncomingCall,
  type Interceptor,
  type Procedure,
  type Procedures,
  type Program,
  type ProgramGroup,
  ping,
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  RpcError,
  RpcRefused,
  RpcRejected,
  RpcTimeout,
  type ServerAuth,
  type SysIdentity,
} from "./rpc/index.js";
export {
  type Accept,
  type AllowRule,
  allow,
  allowLoopback,
  allowNetworks,
  allowUsers,
  defaultDatagramReply,
  defaultServerLimits,
  deny,
  type ImplementOptions,
  type RefusedCall,
  type RefuseOptions,
  refuse,
  Server,
  type ServerLimits,
  type ServerListenOptions,
  type ServerOptions,
  type Usage,
} from "./server/index.js";
export {
  type Address,
  type Connection,
  formatAddress,
  fromUniversalAddress,
  type InheritedSocket,
  inheritedSockets,
  type Listener,
  memoryPair,
  notifyReady,
  parseAddress,
  TransportError,
  toUniversalAddress,
} from "./transport/index.js";
export { defaultLimits, XdrError, type XdrLimits } from "./xdr/index.js";

// Only clients that were given a host alone ask a binder: what that takes is loaded then.
const wiring: ClientWiring = {
  async locate(lookup) {
    const { rpcbindLocator } = await import("./binding/locate.js");
    return rpcbindLocator()(lookup);
  },
};

/**
 * Makes a client: an object with one async method per procedure of the program.
 *
 * `target` is a host name, whose rpcbind is asked where the program listens; or `tcp://host:port`, `udp://host:port`,
 * `unix:/path`, a universal address; or `dir:/services/time`, a service that a directory knows, on whatever machines it
 * is (`dir://host:port/services/time` where that directory is); or a Connection; or a Channel that several clients share.
 *
 * Nothing is connected yet. The first call connects, and so does the next call after a connection was lost. Each call
 * has a deadline: `options.timeout`, or 30 seconds. `await using` or `closeClient` closes the connection.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not an address, DirectoryError DIRECTORY_BAD_PATH when
 * it is a service whose path is none; TypeError for callbacks over a Channel, and for options of a service that are wrong.
 */
export function createClient<P extends Procedures>(
  program: Program<P>,
  target: Target,
  options: ClientOptions & DirectoryOptions<NoInfer<P>> = {},
): ClosableClient<P> {
  if (isDirectoryTarget(target)) return createDirectoryClient(wiring, program, target, options);
  return createClientWith(wiring, program, target, options);
}
