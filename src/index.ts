// "lupine": clients, servers, registration with rpcbind, authentication, access rules and errors. Most programs need nothing
// else.

export { acceptSys, authSys } from "./auth/sys.js";
export { register } from "./binding/everyday.js";
export type { RegisterOptions, Registration } from "./binding/register.js";
export { closeOnSignals } from "./binding/signals.js";
export type { ConnectOptions } from "./client/connect.js";
export { channelOf, closeClient } from "./client/handle.js";
export type { Callbacks, ClientOptions } from "./client/options.js";
export { connect } from "./client/shared-channel.js";
export type { ClosableClient } from "./client/stubs.js";
export type { Target } from "./client/target.js";
export { createClient } from "./create-client.js";
export { AuthStat, type Identity, type SysIdentity } from "./rpc/auth.js";
export type { Call, CallOptions, Channel, Handler, IncomingCall, Interceptor } from "./rpc/call.js";
export {
  type CallPlace,
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  RpcError,
  RpcRefused,
  RpcRejected,
  RpcTimeout,
} from "./rpc/errors.js";
export type { Procedure, Procedures, Program } from "./rpc/program.js";
export type { Client, Implementation } from "./rpc/stubs.js";
export type { Accept, ServerListenOptions } from "./server/accepting.js";
export { type AllowRule, allow, allowLoopback, allowNetworks, allowUsers } from "./server/allow.js";
export { memoryReplyCache } from "./server/memory-reply-cache.js";
export type { RefusedCall, ServerOptions } from "./server/options.js";
export type { ImplementOptions } from "./server/programs.js";
export { deny, type RefuseOptions, refuse } from "./server/refuse.js";
export { Server } from "./server/server.js";
export type { TlsListenOptions } from "./server/tls-options.js";
export { type Address, formatAddress } from "./transport/address.js";
export { TransportError } from "./transport/errors.js";
export type { TlsConnectOptions } from "./transport/tls/connect-options.js";
export type { Certificate, Security } from "./transport/tls/security.js";
export { XdrError } from "./xdr/errors.js";
