// Random bytes and names that cannot be guessed. Apart from random.ts, because small clients need none.
import { crypto } from "./random.js";

/** Returns random bytes that cannot be guessed. `length` is in bytes. */
export function randomBytes(length: number): Uint8Array {
  return new Uint8Array(crypto().randomBytes(length));
}

/** A name that no other process has or will have: `2 * bytes` hexadecimal digits. Default 16 bytes. */
export function randomName(bytes = 16): string {
  return crypto().randomBytes(bytes).toString("hex");
}
