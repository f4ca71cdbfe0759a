// The host of a service that is called. MIT's library asks DNS for its canonical name, unless krb5.conf says otherwise
// (dns_canonicalize_hostname, rdns), and takes the service of that host instead. DNS can be forged.
import { isIP } from "node:net";
import { printable } from "../../base/quote.js";
import { GssError, major } from "../mechanism.js";

/**
 * Checks the caller's first token for a service such as `"nfs@host"`. A short name of a host may have become its full name, and that of
 * this machine, which is not looked up in DNS, any name.
 * @throws GssError if the token is for a service of another host.
 */
export function checkHost(service: string, token: Uint8Array): void {
  // A principal is taken as it is.
  if (service.includes("/")) return;
  const [name = "", asked = ""] = service.split("@");
  if (asked === "" || isOwn(asked)) return;
  const [, found] = serviceIn(Buffer.from(token)) ?? [];
  if (found === undefined) throw failure("the token of the Kerberos library does not say which service it is for");
  const [wanted, actual] = [asked.replace(/\.$/, "").toLowerCase(), found.toLowerCase()];
  if (actual === wanted || (isShort(wanted) && actual.startsWith(`${wanted}.`))) return;
  const [host, real] = [printable(found, 300), printable(`${name}@${found}`, 300)];
  throw failure(
    `DNS says that ${printable(asked, 300)} is ${host}, and can be forged: if it is right, give "${real}" as the service`,
  );
}

function failure(message: string): GssError {
  return new GssError(message, { major: major.failure });
}

function isShort(host: string): boolean {
  return !host.includes(".") && isIP(host) === 0;
}

function isOwn(host: string): boolean {
  return host === "::1" || /^127(\.\d+){3}$/.test(host) || /^localhost(\.localdomain)?\.?$/i.test(host);
}

/** In front of a message of Kerberos: its object identifier, and the number of AP-REQ (RFC 4121 section 4.1). */
const beforeRequest = Buffer.from("06092a864886f7120102020100", "hex");

/** The parts of the service's name in the ticket of an AP-REQ (RFC 4120 sections 5.3 and 5.5.1), which is not encrypted. */
function serviceIn(token: Buffer): string[] | undefined {
  const at = token.indexOf(beforeRequest);
  const request = token.subarray(at < 0 ? 0 : at + beforeRequest.length);
  // AP-REQ, its ticket, the name in it, and the parts of that.
  const path = [0x6e, 0x30, 0xa3, 0x61, 0x30, 0xa2, 0x30, 0xa1, 0x30];
  let inside: Buffer | undefined = request;
  for (const tag of path) inside = elementsOf(inside ?? noBytes).find((element) => element.tag === tag)?.value;
  return inside && elementsOf(inside).map(({ value }) => value.toString());
}

const noBytes = Buffer.alloc(0);

interface Element {
  readonly tag: number;
  readonly value: Buffer;
}

/** The elements of DER, as far as they are whole. */
function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const first = bytes[at + 1] as number;
    const size = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + size;
    if (size > 4 || start > bytes.length) break;
    const end = start + (size === 0 ? first : bytes.readUIntBE(at + 2, size));
    if (end > bytes.length) break;
    elements.push({ tag: bytes[at] as number, value: bytes.subarray(start, end) });
    at = end;
  }
  return elements;
}
