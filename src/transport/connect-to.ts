// Connects to addresses.
import type { Address } from "./address-forms.js";
import type { Connection } from "./connection.js";
import type { OpenConnectionOptions } from "./schemes/scheme.js";
import { schemeOf } from "./schemes/table.js";

/** @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS. */
export async function connectTo(address: Address, options: OpenConnectionOptions): Promise<Connection> {
  return schemeOf(address, options.schemes).connect(address, options);
}
