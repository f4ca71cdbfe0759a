// "lupine": clients, servers, registration with rpcbind, authentication, access rules and errors. Most programs need nothing
// else.
export { acceptNone, acceptSys, authNone, authSys } from "./auth/index.js";
export {
  BindingError,
  broadcast,
  closeOnSignals,
  type RegisterOptions,
  type Registration,
  register,
  startRpcbind,
} from "./binding/index.js";
export {
  type Backoff,
  type Callbacks,
  type ClientLimits,
  type ClientOptions,
  type ClosableClient,
  type ConnectOptions,
  channelOf,
  closeClient,
  connect,
  type KeepAlive,
  type Target,
  type TransportName,
} from "./client/index.js";
export { createClient } from "./create-client.js";
export { Peer, type RetransmitPolicy } from "./peer/index.js";
export {
  AuthFlavor,
  AuthStat,
  type Call,
  type CallOptions,
  type CallPlace,
  type Channel,
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
  deny,
  type ImplementOptions,
  memoryReplyCache,
  type RefusedCall,
  type RefuseOptions,
  type RepeatedCall,
  refuse,
  Server,
  type ServerLimits,
  type ServerListenOptions,
  type ServerOptions,
  type ServerStats,
  type Usage,
} from "./server/index.js";
export { type Address, formatAddress, type Listener, memoryPair, TransportError } from "./transport/index.js";
export { XdrError, type XdrLimits } from "./xdr/index.js";
