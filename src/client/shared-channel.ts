// Channels that clients of several programs share.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Channel } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import { checkApplies } from "./applies.js";
import { connectNow, type SharedChannelOptions } from "./connect-now.js";
import { connectOptions } from "./options.js";
import { traitsOf } from "./target-traits.js";

const sharedChannelOptions: OptionTable<SharedChannelOptions> = {
  ...connectOptions,
  callbacks: "object",
  signal: "signal",
};

/**
 * Connects now, to one address, and returns a channel that clients of several programs can share. If the connection is lost,
 * calls in flight fail with RpcDisconnected and the next call reconnects.
 * @throws RpcDisconnected or RpcTimeout if the connection cannot be made; TransportError TRANSPORT_BAD_ADDRESS;
 * TypeError for an option that is wrong or does not apply.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using channel = await connect(address);
 * const client = createClient(ADD_VERS, channel);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export async function connect(
  target: string | Address,
  options: SharedChannelOptions = {},
): Promise<Channel & AsyncDisposable> {
  checkOptions(sharedChannelOptions, options);
  checkApplies(traitsOf(target, options), options);
  return connectNow(target, options);
}
