// The message that asks Linux about one TCP connection (netlink's sock_diag, linux/inet_diag.h), and its answer.
import { endianness } from "node:os";
import type { End } from "./ip-address.js";
import { version6Bytes } from "./ip-bytes.js";

const littleEndian = endianness() === "LE";
const familyInternet = 2;
const familyInternet6 = 10;
const protocolTcp = 6;
const sockDiagByFamily = 20;
const flagRequest = 1;
const headerLength = 16;
const requestLength = 72;

/** Asks for the socket whose own address is `own` and whose peer is `other`. */
export function diagnosisRequest(own: End, other: End): Uint8Array {
  const bytes = new Uint8Array(requestLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, requestLength, littleEndian);
  view.setUint16(4, sockDiagByFamily, littleEndian);
  view.setUint16(6, flagRequest, littleEndian);
  const isVersion6 = own.host.includes(":");
  view.setUint8(16, isVersion6 ? familyInternet6 : familyInternet);
  view.setUint8(17, protocolTcp);
  view.setUint32(20, 0xffff_ffff, littleEndian); // In any state.
  view.setUint16(24, own.port);
  view.setUint16(26, other.port);
  bytes.set(addressBytes(own.host), 28);
  bytes.set(addressBytes(other.host), 44);
  bytes.fill(0xff, 64); // The cookie of any socket.
  return bytes;
}

/**
 * The user of the socket. Undefined for an error, and for a socket that no process has any more, for which the kernel
 * reports user 0.
 */
export function diagnosedUser(answer: Uint8Array): number | undefined {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  if (answer.length < headerLength + 72 || view.getUint16(4, littleEndian) !== sockDiagByFamily) return undefined;
  const user = view.getUint32(headerLength + 64, littleEndian);
  const inode = view.getUint32(headerLength + 68, littleEndian);
  return inode === 0 ? undefined : user;
}

function addressBytes(host: string): Uint8Array {
  return host.includes(":") ? version6Bytes(host) : Uint8Array.from(host.split("."), Number);
}
