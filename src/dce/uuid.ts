// Universal unique identifiers (C706 appendix A), as text: interfaces, transfer syntaxes, objects and contexts have one.
import { randomBytes } from "../base/random-bytes.js";
import { show } from "../base/show.js";

/** A UUID as text: `12345678-1234-5678-90ab-cdef01234567`, in lower case. */
export type Uuid = string;

const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The UUID whose 128 bits are all zero. */
export const nilUuid: Uuid = "00000000-0000-0000-0000-000000000000";

/**
 * Returns true if the text is a UUID, in upper or lower case.
 * @example
 * console.log(isUuid("e1af8308-5d1f-11c9-91a4-08002b14a0fa")); // true
 */
export function isUuid(text: string): boolean {
  return form.test(text);
}

/**
 * A new UUID of version 4 (RFC 9562 section 5.4): 122 random bits.
 * @example
 * console.log(isUuid(newUuid())); // true
 */
export function newUuid(): Uuid {
  const bytes = randomBytes(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x40);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return readUuid(view, 0, false);
}

/**
 * Writes the 16 bytes of a UUID at `offset` (C706 appendix A.1): the first three groups are integers in the sender's byte
 * order, the other two are bytes.
 * @throws TypeError if the text is not a UUID.
 */
export function writeUuid(view: DataView, offset: number, uuid: Uuid, little: boolean): void {
  if (typeof uuid !== "string" || !isUuid(uuid)) throw new TypeError(`${show(uuid)} is not a UUID`);
  const digits = uuid.replaceAll("-", "");
  view.setUint32(offset, Number.parseInt(digits.slice(0, 8), 16), little);
  view.setUint16(offset + 4, Number.parseInt(digits.slice(8, 12), 16), little);
  view.setUint16(offset + 6, Number.parseInt(digits.slice(12, 16), 16), little);
  for (let i = 0; i < 8; i++) view.setUint8(offset + 8 + i, Number.parseInt(digits.slice(16 + 2 * i, 18 + 2 * i), 16));
}

/** Reads the 16 bytes of a UUID at `offset`. */
export function readUuid(view: DataView, offset: number, little: boolean): Uuid {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  const tail = Array.from({ length: 8 }, (_, i) => hex(view.getUint8(offset + 8 + i), 2)).join("");
  const head = [
    hex(view.getUint32(offset, little), 8),
    hex(view.getUint16(offset + 4, little), 4),
    hex(view.getUint16(offset + 6, little), 4),
  ];
  return [...head, tail.slice(0, 4), tail.slice(4)].join("-");
}
