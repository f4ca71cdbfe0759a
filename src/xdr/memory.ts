// Allocates arrays of bytes. Each has its own memory, so that values never share memory.

/** Whether the byte order of numbers has to be reversed for the wire, which is big-endian (RFC 4506 section 3). */
export const isLittleEndian: boolean = /* @__PURE__ */ firstByteOf(1) === 1;

function firstByteOf(word: number): number | undefined {
  return new Uint8Array(new Uint16Array([word]).buffer)[0];
}

/** Up to this many bytes a loop copies faster than a call into the engine. */
const fewBytes = 28;
/** From this size on, filling memory with zeros that are overwritten costs more than avoiding it. */
const worthUnfilled = 32_768;

/** `length` uninitialised bytes, all of which must be overwritten. */
export function unfilled(length: number): Uint8Array<ArrayBuffer> {
  if (length < worthUnfilled) return new Uint8Array(length);
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer, 0, length);
}

/** The same bytes with the methods of a Buffer, whose creation takes as long as decoding a small struct. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A view of `length` bytes of `buffer`, without the methods of a Buffer. */
export function viewOf(buffer: Uint8Array, start: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, length);
}

/** A copy of `length` bytes of `buffer`. */
export function copyOf(buffer: Uint8Array, start: number, length: number): Uint8Array<ArrayBuffer> {
  // A typed array made from another one is not filled with zeros first.
  if (length > fewBytes) return new Uint8Array(viewOf(buffer, start, length));
  const copy = new Uint8Array(length);
  for (let i = 0; i < length; i++) copy[i] = buffer[start + i] as number;
  return copy;
}

/** Stores the zero bytes that pad `length` bytes at `at` to whole words (RFC 4506 section 3). */
export function pad(buffer: Uint8Array, at: number, length: number): void {
  const end = at + length;
  for (let i = end; i < end + (-length & 3); i++) buffer[i] = 0;
}

/**
 * In bytes. Twice as much freed memory is kept: the 32 MiB of arrays that V8 frees at once when it collects short-lived garbage, and a
 * record of 16 MiB.
 */
const rememberedBlock = 25_165_824;
let keepsFreed = false;

/**
 * Makes the C library keep freed memory, up to 48 MiB. By default glibc returns it above 128 KiB, and each page is then
 * filled with zeros by the system when the next record comes: 64 KiB there and back took 5 page faults at each end, and
 * more time for them than for the rest. It keeps twice the size of the longest block that was ever freed; so one block is
 * freed that was never written, which takes no memory. Other C libraries ignore it.
 */
export function keepFreedMemory(): void {
  if (keepsFreed) return;
  keepsFreed = true;
  new ArrayBuffer(rememberedBlock);
}
