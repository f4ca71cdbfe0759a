// The channel behind a client.
import type { Channel } from "../rpc/call.js";

// Registered symbols, so that closeClient and channelOf work across two copies of the package.
export const channelKey: unique symbol = Symbol.for("lupine.channel");
export const ownedKey: unique symbol = Symbol.for("lupine.ownsChannel");
/** An AbortController that ends the client's streams, if it has any. */
export const streamsKey: unique symbol = Symbol.for("lupine.streams");

/**
 * Returns the channel that a client calls over, for other clients to share.
 * @throws TypeError if the argument is not a client.
 * @example
 * const client = createClient(ADD_VERS, "tcp://127.0.0.1:7000");
 * console.log(formatAddress(channelOf(client).remote)); // tcp://127.0.0.1:7000
 */
export function channelOf(client: object): Channel {
  const channel = (client as { [channelKey]?: Channel })[channelKey];
  if (channel === undefined) throw new TypeError("channelOf takes what createClient returned");
  return channel;
}

/**
 * Ends the client's streams, waits for the calls in flight, then closes the client's connection. A channel that was passed to `createClient` stays
 * open. `await using` does the same at the end of a block.
 * @throws TypeError if the argument is not a client.
 * @example
 * const client = createClient(ADD_VERS, "tcp://127.0.0.1:7000");
 * await closeClient(client);
 */
export async function closeClient(client: object): Promise<void> {
  const channel = channelOf(client);
  (client as { [streamsKey]?: AbortController })[streamsKey]?.abort();
  if ((client as { [ownedKey]?: boolean })[ownedKey] === true) await channel.close();
}
