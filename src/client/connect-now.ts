// Connecting at once instead of with the first call. Expects options that are checked.

import type { CallOptions, Channel } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import { type ConnectOptions, reach } from "./connect.js";
import type { ClientOptions } from "./options.js";
import { ReconnectingChannel } from "./reconnecting-channel.js";

/** Options of `connect`. */
export type SharedChannelOptions = ConnectOptions & Pick<CallOptions, "signal"> & Pick<ClientOptions, "callbacks">;

/** @throws RpcDisconnected or RpcTimeout if the connection cannot be made; TransportError TRANSPORT_BAD_ADDRESS. */
export async function connectNow(
  target: string | Address,
  options: SharedChannelOptions,
): Promise<Channel & AsyncDisposable> {
  const { channel } = reach(target, options, { dispatcher: options.callbacks?.dispatcher });
  if (channel instanceof ReconnectingChannel) await channel.connect(options);
  return channel as ReconnectingChannel;
}
