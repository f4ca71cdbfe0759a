// Converts an address as a program writes it to one that can be opened, for both ends.
import { type Address, formatAddress, formatHost, parseAddress } from "./address.js";
import { TransportError } from "./errors.js";
import type { MemoryNetwork } from "./memory.js";

/** @throws TransportError TRANSPORT_BAD_ADDRESS if the address has no port. */
export function resolveAddress(address: Address | string): Address {
  const where = typeof address === "string" ? parseAddress(address) : address;
  if (where.kind !== "host") return where;
  const text = formatAddress(where);
  throw new TransportError(
    "TRANSPORT_BAD_ADDRESS",
    `${text} has no port: write ${where.transport ?? "tcp"}://${formatHost(where.host)}:PORT, or ask its rpcbind`,
  );
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS if it is missing. */
export function networkOf(name: string, options: { readonly network?: MemoryNetwork }): MemoryNetwork {
  if (options.network !== undefined) return options.network;
  const message = `memory:${name} needs the network option: a MemoryNetwork that both ends share`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}
