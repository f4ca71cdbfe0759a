// createClient without its everyday wiring: src/index.ts adds the rpcbind locator.
import type { Channel } from "../rpc/call.js";
import { checkOptions } from "../rpc/check-options.js";
import type { Procedures, Program } from "../rpc/program.js";
import { type ConnectOptions, reach } from "./connect.js";
import type { Locator } from "./locator.js";
import { type Callbacks, type ClientOptions, clientOptions, sharedChannelOptions } from "./options.js";
import { ReconnectingChannel } from "./reconnecting-channel.js";
import { type ClosableClient, stubsOver } from "./stubs.js";
import { type destinationOf, isChannel, type Target } from "./target.js";

/** Functions of other rooms that this one must not import, and receives instead. */
export interface ClientWiring {
  readonly locate?: Locator | undefined;
}

/**
 * Makes a client. No I/O happens here: the first call connects, and so does the next call after a connection was lost.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not an address, TypeError for an option that is wrong or
 * misspelt, and for callbacks over a Channel, RangeError when the timeout is no number of milliseconds.
 */
export function createClientWith<P extends Procedures>(
  wiring: ClientWiring,
  program: Program<P>,
  target: Target,
  options: ClientOptions = {},
): ClosableClient<P> {
  checkOptions(clientOptions, options);
  const { callbacks } = options;
  if (callbacks !== undefined && isChannel(target)) {
    throw new TypeError("pass callbacks where the channel is made, for example to connect(), not to a client over it");
  }
  const { channel, isOurs } = reach(target, options, { ...wiring, program, dispatcher: callbacks?.dispatcher });
  // A shared channel has its own default; this client's holds for its own calls.
  const timeout = isOurs ? undefined : options.timeout;
  return stubsOver(program, channel, { timeout, interceptors: options.interceptors, ownsChannel: isOurs });
}

/**
 * Connects now, to one address, and returns a channel that clients of several programs can share. If the connection is lost,
 * calls in flight fail with RpcDisconnected and the next call reconnects.
 * @throws RpcDisconnected or RpcTimeout if the connection cannot be made; TransportError TRANSPORT_BAD_ADDRESS.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using channel = await connect(address);
 * const client = createClient(ADD_VERS, channel);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export async function connect(
  target: Parameters<typeof destinationOf>[0],
  options: ConnectOptions & { readonly signal?: AbortSignal; readonly callbacks?: Callbacks | undefined } = {},
): Promise<Channel & AsyncDisposable> {
  checkOptions(sharedChannelOptions, options);
  const { channel } = reach(target, options, { dispatcher: options.callbacks?.dispatcher });
  if (channel instanceof ReconnectingChannel) await channel.connect(options);
  return channel as ReconnectingChannel;
}
