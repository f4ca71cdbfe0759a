// Opening listeners by address.
import type { Address } from "./address.js";
import type { Connection, Listener } from "./connection.js";
import { resolveAddress } from "./resolve-address.js";
import type { OpenListenerOptions } from "./schemes/scheme.js";
import { schemeOf, schemes } from "./schemes/table.js";

/**
 * Expects checked options: `openListener` and `server.listen` check theirs.
 * @throws TransportError TRANSPORT_LISTEN_FAILED, TRANSPORT_BAD_ADDRESS.
 */
export async function listenAt(
  address: Address | string,
  onConnection: (connection: Connection) => void,
  options: OpenListenerOptions,
): Promise<Listener> {
  const where = resolveAddress(address, options.schemes);
  return schemeOf(where, options.schemes).listen(where, onConnection, options);
}

/**
 * Loads the code of every listener. Afterwards several addresses can be opened before the event loop turns, so that no call
 * arrives at the first one while the others are still missing.
 */
export async function loadListeners(): Promise<void> {
  await Promise.all(schemes.map(({ load }) => load?.()));
}
