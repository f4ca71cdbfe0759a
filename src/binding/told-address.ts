// Parses addresses as binders return them, which do not always follow RFC 5665.
import { isIP } from "node:net";
import { type Address, fromUniversalAddress } from "../transport/address.js";

/**
 * Like `fromUniversalAddress`, but the netid may be that of the other IP version (Java servers register IPv6 addresses
 * under "tcp"), and an IPv6 address may be written in full, or may be a mapped IPv4 address.
 * @throws TransportError TRANSPORT_BAD_ADDRESS
 */
export function toldAddress(netid: string, text: string): Address {
  const host = text.replace(/\.\d+\.\d+$/, "");
  const fitting = netid === "local" ? netid : netid.replace(/6$/, "") + (isIP(host) === 6 ? "6" : "");
  const address = fromUniversalAddress(fitting, text);
  return "host" in address ? { ...address, host: shortened(address.host) } : address;
}

/** `0:0:0:0:0:0:0:0` as `::`, and `::ffff:10.0.0.1` as `10.0.0.1`. */
function shortened(host: string): string {
  if (isIP(host) !== 6 || host.includes("%")) return host;
  const short = new URL(`tcp://[${host}]`).hostname.slice(1, -1);
  const words = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short);
  if (words === null) return short;
  const [high, low] = [Number.parseInt(words[1] as string, 16), Number.parseInt(words[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
