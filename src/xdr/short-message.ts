// Reading a short message from a copy. Functions, not methods of XdrReader, so that a bundle has them only if it uses them.
import type { XdrReader } from "./reader.js";

/**
 * Starts on a short message, which is copied into `room`. If `room` is the same array as before, that costs less than
 * creating views of the message. Borrowed views still refer to `bytes`.
 */
export function resetToCopy(from: XdrReader, bytes: Uint8Array, room: Uint8Array): void {
  const length = bytes.length;
  // Very short messages are copied faster by a loop than by a call.
  if (length > 32) room.set(bytes);
  else for (let i = 0; i < length; i++) room[i] = bytes[i] as number;
  from.reset(room, 0, length);
  from.lender = bytes;
}

/** Releases the message that was passed to `resetToCopy`. */
export function release(from: XdrReader): void {
  from.lender = from.buffer;
}
