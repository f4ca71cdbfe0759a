// "lupine": clients, servers, registration with rpcbind, authentication, access rules and errors. Most programs need nothing
// else.
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
export {
  BindingError,
  closeOnSignals,
  type RegisterOptions,
  type Registration,
  register,
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
export type { RetransmitPolicy } from "./peer/index.js";
export {
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
 * Makes a client: an object with one async method for each procedure of the program.
 *
 * `target` is one of:
 * - a host name: the port is looked up at the host's rpcbind
 * - `tcp://host:port`, `udp://host:port`, `unix:/path`, or a universal address
 * - `dir:/services/time`: a service in a directory, on whatever machines it runs; `dir://host:port/services/time` names the directory server
 * - a Connection, which the client then owns, or a Channel, which several clients may share
 *
 * The client connects with its first call, and reconnects with the next call after the connection was lost; calls in flight
 * at that moment fail with RpcDisconnected. Each call has a timeout: `options.timeout`, or 30 seconds. `await using` or
 * `closeClient` closes the connection.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the target is malformed. DirectoryError DIRECTORY_BAD_PATH if the path of
 * a service is malformed. TypeError for an unknown or invalid option, and for `callbacks` with a Channel.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address, { timeout: 5_000 });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export function createClient<P extends Procedures>(
  program: Program<P>,
  target: Target,
  options: ClientOptions & DirectoryOptions<NoInfer<P>> = {},
): ClosableClient<P> {
  if (isDirectoryTarget(target)) return createDirectoryClient(wiring, program, target, options);
  return createClientWith(wiring, program, target, options);
}
