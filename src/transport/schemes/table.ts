// The table of the built-in URL schemes. A new one is a file beside this one and a line here, in connect-to.ts, and in
// open-listener.ts: three parts, so that a bundle has only the end that its program uses.
import { type Address, formatAddress } from "../address-forms.js";
import { TransportError } from "../errors.js";
import * as memory from "./memory.js";
import type { Form, Scheme } from "./scheme.js";
import * as tcp from "./tcp.js";
import * as udp from "./udp.js";
import * as unix from "./unix.js";

const forms: readonly Form[] = [tcp.form, udp.form, unix.form, memory.form];

/** The form of a scheme's addresses, `own` schemes first; undefined if no scheme has that name. */
export function formOf(name: unknown, own: readonly Form[] = []): Form | undefined {
  return [...own, ...forms].find((form) => form.name === name);
}

/**
 * The client's or the server's end of an address's scheme: an `own` scheme, or the one in `table`.
 * @throws TransportError TRANSPORT_BAD_ADDRESS
 */
export function endOf<End extends Partial<Scheme>>(
  address: Address,
  own: readonly Scheme[] = [],
  table: Readonly<Record<string, End>>,
): Scheme | End {
  return (
    own.find(({ name }) => name === address.kind) ??
    table[address.kind] ??
    refuse(formatAddress(address), `the scheme ${address.kind}: is not known`, own)
  );
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS, whose message lists the accepted forms. */
export function refuse(text: string, why: string, own: readonly Form[] = []): never {
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
  const examples = [...forms, ...own].map(({ example }) => example).join(", ");
  const accepted = `${examples}, a universal address such as 127.0.0.1.3.233, or a host alone (its rpcbind is asked)`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", `bad address ${shown}: ${why}; accepted are ${accepted}`);
}
