// createClient without its everyday wiring: src/index.ts adds the rpcbind locator and the server for callbacks.
import type { Dispatcher } from "../peer/dispatcher.js";
import type { Channel, Interceptor } from "../rpc/call.js";
import type { Procedures, Program } from "../rpc/program.js";
import type { Implementation } from "../rpc/stubs.js";
import { type ConnectOptions, reach } from "./connect.js";
import type { Locator } from "./locator.js";
import { ReconnectingChannel } from "./reconnecting-channel.js";
import { type ClosableClient, stubsOver } from "./stubs.js";
import { type destinationOf, isChannel, type Target } from "./target.js";

/** Programs that the client serves on its own connection, for the server to call back: pairs, each checked by itself. */
export type Callbacks<P extends readonly Procedures[]> = {
  readonly [I in keyof P]: readonly [program: Program<P[I]>, implementation: Implementation<P[I]>];
};

// biome-ignore lint/suspicious/noExplicitAny: options that say nothing of callbacks fit all.
export interface ClientOptions<C extends readonly Procedures[] = any> extends ConnectOptions {
  /** Around every call, the first outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** What the server may call back on the same connection. Not with a Channel, which has its own. */
  readonly callbacks?: Callbacks<C> | undefined;
}

/** What the client's room may not know and is handed. */
export interface ClientWiring {
  readonly locate?: Locator | undefined;
  /** Makes of callbacks what serves them. */
  readonly serve?: ((callbacks: Callbacks<readonly Procedures[]>) => Dispatcher) | undefined;
}

/**
 * Makes a client. No I/O happens here: the first call connects, and so does the next call after a connection was lost.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not an address, TypeError when callbacks cannot be served,
 * RangeError when the timeout is no number of milliseconds.
 */
export function createClientWith<P extends Procedures, const C extends readonly Procedures[]>(
  wiring: ClientWiring,
  program: Program<P>,
  target: Target,
  options: ClientOptions<C> = {},
): ClosableClient<P> {
  const dispatcher = dispatcherOf(wiring, target, options.callbacks as Callbacks<readonly Procedures[]> | undefined);
  const { channel, isOurs } = reach(target, options, { locate: wiring.locate, program, dispatcher });
  // A shared channel has its own default; this client's holds for its own calls.
  const timeout = isOurs ? undefined : options.timeout;
  return stubsOver(program, channel, { timeout, interceptors: options.interceptors, ownsChannel: isOurs });
}

function dispatcherOf(
  { serve }: ClientWiring,
  target: Target,
  callbacks?: Callbacks<readonly Procedures[]>,
): Dispatcher | undefined {
  if (callbacks === undefined || callbacks.length === 0) return undefined;
  if (isChannel(target)) throw new TypeError("callbacks are given where the channel is made, not to a client over it");
  if (serve === undefined) throw new TypeError("callbacks need createClient of the package's main entry");
  return serve(callbacks);
}

/**
 * Connects now, to one address, for clients of several programs to share: `createClient(PROGRAM, await connect(url))`.
 * The channel connects anew when its connection was lost.
 * @throws RpcDisconnected or RpcTimeout, TransportError TRANSPORT_BAD_ADDRESS.
 */
export async function connect(
  target: Parameters<typeof destinationOf>[0],
  options: ConnectOptions & { readonly signal?: AbortSignal } = {},
): Promise<Channel & AsyncDisposable> {
  const { channel } = reach(target, options, {});
  if (channel instanceof ReconnectingChannel) await channel.connect(options);
  return channel as ReconnectingChannel;
}
