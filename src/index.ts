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

export { acceptNone, acceptSys, authNone, authSys } from "./auth/index.js";
export { BindingError, closeOnSignals, type RegisterOptions, type Registration, register } from "./binding/index.js";
export {
  type Backoff,
  type Callbacks,
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
export type { RetransmitPolicy } from "./peer/index.js";
export {
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
  type RefusedCall,
  type RefuseOptions,
  refuse,
  Server,
  type ServerLimits,
  type ServerListenOptions,
  type ServerOptions,
  type Usage,
} from "./server/index.js";
export { type Address, formatAddress, type Listener, TransportError } from "./transport/index.js";
export { XdrError, type XdrLimits } from "./xdr/index.js";

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
