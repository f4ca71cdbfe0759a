// Opening listeners by address.
import { type Address, resolveAddress } from "./address.js";
import type { Connection, Listener } from "./connection.js";
import * as memory from "./schemes/memory.js";
import type { OpenListenerOptions, ServerEnd } from "./schemes/scheme.js";
import { endOf } from "./schemes/table.js";
import * as tcp from "./schemes/tcp.js";
import * as udp from "./schemes/udp.js";
import * as unix from "./schemes/unix.js";

const servers: Readonly<Record<string, ServerEnd>> = {
  tcp: tcp.server,
  udp: udp.server,
  unix: unix.server,
  memory: memory.server,
};

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
  return endOf(where, options.schemes, servers).listen(where, onConnection, options);
}

/**
 * Loads the code of every listener. Afterwards several addresses can be opened before the event loop turns, so that no call
 * arrives at the first one while the others are still missing.
 */
export async function loadListeners(): Promise<void> {
  await Promise.all([import("./udp-listener.js"), import("./unix.js")]);
}
