// Opens connections by address, as a program writes it.
import { type Address, resolveAddress } from "./address.js";
import { connectTo } from "./connect-to.js";
import type { Connection } from "./connection.js";
import type { OpenConnectionOptions } from "./schemes/scheme.js";

/**
 * Connects to an address or its text: `tcp://host:port`, `udp://host:port`, `unix:/path`, `memory:name`, or one of a scheme in
 * `options.schemes`.
 * @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, await openConnection(address));
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export async function openConnection(
  address: Address | string,
  options: OpenConnectionOptions = {},
): Promise<Connection> {
  return connectTo(resolveAddress(address, options.schemes), options);
}
