// Opens connections and listeners by address, as a program writes it.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Address } from "./address.js";
import type { Connection, Listener } from "./connection.js";
import { listenerOptions } from "./listener-options.js";
import { listenAt } from "./open-listener.js";
import { resolveAddress } from "./resolve-address.js";
import type { OpenConnectionOptions, OpenListenerOptions } from "./schemes/scheme.js";
import { connectTo } from "./schemes/table.js";
import { checkKeyPair, tlsConnectOptions } from "./tls/connect-options.js";

const connectionOptions: OptionTable<OpenConnectionOptions> = {
  timeout: "time",
  background: "flag",
  signal: "signal",
  onSocket: "function",
  reservedPort: [true, false, "try"],
  keepAlive: "flag",
  maxMessage: "size",
  highWaterMark: "count",
  fragmentSize: "size",
  framing: "object",
  limits: { record: "size", fragments: "count", time: "time" },
  closeTimeout: "time",
  halfCloseTimeout: "time",
  takeFromElsewhere: "function",
  network: "object",
  schemes: "object",
  tls: tlsConnectOptions,
};

/**
 * Connects to an address or its text: `tcp://host:port`, `udp://host:port`, `unix:/path`, `memory:name`, or one of a scheme in
 * `options.schemes`.
 * @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS; TypeError for an option that is
 * unknown or invalid.
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
  checkOptions(connectionOptions, options);
  checkKeyPair(options.tls);
  return connectTo(resolveAddress(address, options.schemes), options);
}

/**
 * Listens on an address or its text. With port 0 the system chooses a port; read it from the listener's `address`.
 * @throws TransportError TRANSPORT_LISTEN_FAILED, TRANSPORT_BAD_ADDRESS; TypeError for an option that is unknown or invalid.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const listener = await openListener("tcp://127.0.0.1:0", (connection) => server.accept(connection));
 * await using client = createClient(ADD_VERS, listener.address);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 * await listener.close();
 */
export async function openListener(
  address: Address | string,
  onConnection: (connection: Connection) => void,
  options: OpenListenerOptions = {},
): Promise<Listener> {
  checkOptions(listenerOptions, options);
  return listenAt(address, onConnection, options);
}
