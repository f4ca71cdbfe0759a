// The system's own form of an address (struct sockaddr, as UADDR2TADDR and TADDR2UADDR carry it), of Linux and of this
// machine's byte order. Only C programs of the same machine can use it.
import { isIPv6 } from "node:net";
import { endianness } from "node:os";
import { version6Bytes, version6Text } from "../../machine/ip-bytes.js";
import { type Address, fromUniversalAddress } from "../../transport/address.js";
import { toUniversalAddress } from "../../transport/universal-address.js";

const familyUnix = 1;
const familyInternet = 2;
const familyInternet6 = 10;
const littleEndian = endianness() === "LE";

/** @throws TransportError if the text is not a universal address of the netid. */
export function toTransportAddress(netid: string, universal: string): Uint8Array {
  const address = fromUniversalAddress(netid, universal);
  if (address.kind === "unix") {
    const path = Buffer.from(address.path);
    return Buffer.concat([familyBytes(familyUnix), path, new Uint8Array(1)]);
  }
  if (!("host" in address)) return new Uint8Array();
  const port = Buffer.from([address.port >> 8, address.port & 0xff]);
  if (!isIPv6(address.host)) {
    const host = address.host.split(".").map(Number);
    return Buffer.concat([familyBytes(familyInternet), port, Buffer.from(host), new Uint8Array(8)]);
  }
  const flow = new Uint8Array(4);
  return Buffer.concat([familyBytes(familyInternet6), port, flow, version6Bytes(address.host), new Uint8Array(4)]);
}

/** The universal address, or "" for bytes that are not an address. */
export function fromTransportAddress(bytes: Uint8Array): string {
  if (bytes.length < 2) return "";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, littleEndian);
  if (family === familyUnix) return Buffer.from(bytes.subarray(2)).toString("utf8").split("\0", 1)[0] ?? "";
  if (family === familyInternet && bytes.length >= 8) {
    return universal({ kind: "tcp", host: bytes.subarray(4, 8).join("."), port: view.getUint16(2) });
  }
  if (family !== familyInternet6 || bytes.length < 24) return "";
  return universal({ kind: "tcp", host: version6Text(bytes.subarray(8, 24)), port: view.getUint16(2) });
}

function universal(address: Address): string {
  return toUniversalAddress(address);
}

function familyBytes(family: number): Uint8Array {
  return littleEndian ? Uint8Array.of(family, 0) : Uint8Array.of(0, family);
}
