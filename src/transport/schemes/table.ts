// The table of the built-in URL schemes. A new one is a file beside this one and a line here. The parts that few programs need of a
// scheme are loaded by its file when it is used.
import { type Address, formatAddress } from "../address-forms.js";
import type { Connection } from "../connection.js";
import { TransportError } from "../errors.js";
import { memory } from "./memory.js";
import type { BuiltIn, OpenConnectionOptions, Scheme } from "./scheme.js";
import { tcp } from "./tcp.js";
import { tls } from "./tls.js";
import { udp } from "./udp.js";
import { unix } from "./unix.js";

/** In the order of error messages. */
export const schemes: readonly BuiltIn[] = [tcp, tls, udp, unix, memory];

/** The scheme of that name, an `own` one or a built-in one. */
export function schemeNamed(name: unknown, own: readonly Scheme[] = []): Scheme | undefined {
  return [...own, ...schemes].find((scheme) => scheme.name === name);
}

/** The scheme of an address. @throws TransportError TRANSPORT_BAD_ADDRESS if it is unknown. */
export function schemeOf(address: Address, own?: readonly Scheme[]): Scheme {
  const { kind } = address;
  return schemeNamed(kind, own) ?? refuse(formatAddress(address), `the scheme ${kind}: is not known`, own);
}

/** Connects. @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS. */
export async function connectTo(address: Address, options: OpenConnectionOptions): Promise<Connection> {
  const scheme = options.tls ? tls : schemeOf(address, options.schemes);
  return scheme.connect(address as never, options);
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS, whose message lists the accepted forms. */
export function refuse(text: string, why: string, own: readonly Scheme[] = []): never {
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
  const examples = [...schemes, ...own].map(({ example }) => example).join(", ");
  const accepted = `${examples}, a universal address such as 127.0.0.1.3.233, or a host alone (its rpcbind is asked)`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", `bad address ${shown}: ${why}; accepted are ${accepted}`);
}
