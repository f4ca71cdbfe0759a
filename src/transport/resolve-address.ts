// The address that a program gives to open a connection or to listen.
import { type Address, parseAddressOf } from "./address.js";
import { formatAddress, formatHost } from "./address-forms.js";
import { TransportError } from "./errors.js";
import type { Scheme } from "./schemes/scheme.js";

/**
 * Converts an address as a program writes it to one that can be opened.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the text is malformed, or the address has no port.
 */
export function resolveAddress(address: Address | string, schemes: readonly Scheme[] | undefined): Address {
  const where = typeof address === "string" ? parseAddressOf(schemes, address) : address;
  if (where.kind !== "host") return where;
  const text = formatAddress(where);
  const example = `${where.transport ?? "tcp"}://${formatHost(where.host)}:PORT`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", `${text} has no port: write ${example}, or ask its rpcbind`);
}
