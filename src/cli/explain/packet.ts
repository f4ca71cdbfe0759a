// Extracts the payload of TCP or UDP from packets as tcpdump -x and Wireshark print them.
import { bufferOf } from "../../xdr/memory.js";

/**
 * Where the IP header may begin: at the start, after an Ethernet header, or after the header of Linux's "any"
 * interface.
 */
const beginnings = [0, 14, 16] as const;
const tcp = 6;
const udp = 17;

/** The payload of a packet; undefined if it is not TCP or UDP over IP. */
export function payloadOf(packet: Uint8Array): Uint8Array | undefined {
  const bytes = bufferOf(packet);
  for (const at of beginnings) {
    const carried = version4(bytes.subarray(at)) ?? version6(bytes.subarray(at));
    if (carried !== undefined) return carried;
  }
  return undefined;
}

/** RFC 791 section 3.1. Fragments are skipped: only the first has the UDP header. */
function version4(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 28 || bytes.readUInt8(0) >> 4 !== 4) return undefined;
  const header = (bytes.readUInt8(0) & 15) * 4;
  const end = bytes.readUInt16BE(2);
  const isFragment = (bytes.readUInt16BE(6) & 0x3fff) !== 0;
  if (header < 20 || isFragment || !isLength(bytes, end)) return undefined;
  return behindHeader(bytes.subarray(header, end), bytes.readUInt8(9));
}

/** RFC 8200 section 3, without extension headers. */
function version6(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 48 || bytes.readUInt8(0) >> 4 !== 6) return undefined;
  const end = 40 + bytes.readUInt16BE(4);
  return isLength(bytes, end) ? behindHeader(bytes.subarray(40, end), bytes.readUInt8(6)) : undefined;
}

/** The packet is complete, and only Ethernet's padding follows it. */
function isLength(bytes: Buffer, length: number): boolean {
  return length <= bytes.length && bytes.length - length <= 46;
}

function behindHeader(segment: Buffer, protocol: number): Buffer | undefined {
  if (protocol === udp) return segment.length >= 8 ? segment.subarray(8) : undefined;
  if (protocol !== tcp || segment.length < 20) return undefined;
  const header = (segment.readUInt8(12) >> 4) * 4;
  return header >= 20 && header <= segment.length ? segment.subarray(header) : undefined;
}
