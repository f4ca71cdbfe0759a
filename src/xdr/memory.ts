// New arrays of bytes. Each has its own memory: what a value holds, no other value shares.

/** Whether numbers in memory have to be turned around for the wire, which is big-endian (RFC 4506 section 3). */
export const isLittleEndian: boolean = /* @__PURE__ */ firstByteOf(1) === 1;

function firstByteOf(word: number): number | undefined {
  return new Uint8Array(new Uint16Array([word]).buffer)[0];
}

/** Up to this many bytes a loop copies faster than a call into the engine. */
const fewBytes = 28;
/** From this many bytes on, filling with zeros what is overwritten anyway costs more than a way around it. */
const worthUnfilled = 32_768;

/** `length` bytes of anything, all to be overwritten. */
export function unfilled(length: number): Uint8Array<ArrayBuffer> {
  if (length < worthUnfilled) return new Uint8Array(length);
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer, 0, length);
}

/** The same bytes with the methods of a Buffer. Making one takes as long as decoding a small struct. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of `length` bytes of `buffer`. */
export function copyOf(buffer: Uint8Array, start: number, length: number): Uint8Array<ArrayBuffer> {
  // A typed array made from another is not filled with zeros first.
  if (length > fewBytes) return new Uint8Array(new Uint8Array(buffer.buffer, buffer.byteOffset + start, length));
  const copy = new Uint8Array(length);
  for (let i = 0; i < length; i++) copy[i] = buffer[start + i] as number;
  return copy;
}
