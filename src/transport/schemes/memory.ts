// memory:name, a name in the MemoryNetwork that both ends share.
import { type AddressKinds, withoutSlashes } from "../address-forms.js";
import { TransportError } from "../errors.js";
import type { MemoryNetwork } from "../memory.js";
import type { BuiltIn, SchemeOptions } from "./scheme.js";

export const memory: BuiltIn<AddressKinds["memory"]> = {
  name: "memory",
  example: "memory:name",
  parse(rest) {
    const name = withoutSlashes(rest);
    return /^\S+$/.test(name) ? { kind: "memory", name } : "the name after memory: is empty or has blanks";
  },
  fits: ({ name }: { readonly name?: unknown }) => typeof name === "string",
  connect: async ({ name }, options) => networkOf(name, options).connect(name, options),
  listen: async ({ name }, onConnection, options) => networkOf(name, options).listen(name, onConnection),
};

/** @throws TransportError TRANSPORT_BAD_ADDRESS if it is missing. */
function networkOf(name: string, { network }: SchemeOptions): MemoryNetwork {
  if (network !== undefined) return network;
  const message = `memory:${name} needs the network option: a MemoryNetwork that both ends share`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}
