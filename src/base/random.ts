// Random numbers that cannot be guessed: for transaction ids, handles and process names. They never come from a Clock.
// node:crypto is loaded with the first one: programs start sooner without it.

const crypto = () => process.getBuiltinModule("node:crypto");

/** 0 up to 2 ** 32 - 1. */
export function randomWord(): number {
  return crypto().randomInt(0x1_0000_0000);
}

/** Returns random bytes that cannot be guessed. `length` is in bytes. */
export function randomBytes(length: number): Uint8Array {
  return new Uint8Array(crypto().randomBytes(length));
}

/** A name that no other process has or will have: `2 * bytes` hexadecimal digits. Default 16 bytes. */
export function randomName(bytes = 16): string {
  return crypto().randomBytes(bytes).toString("hex");
}
