import { type Address, fromUniversalAddress } from "../../transport/address.js";

/** The address of a registration; undefined if the text is not a universal address of the netid (RFC 5665 section 5.2.3). */
export function addressOf(netid: string, text: string): Address | undefined {
  try {
    return fromUniversalAddress(netid, text);
  } catch {
    return undefined;
  }
}
