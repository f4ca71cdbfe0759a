// Random numbers that cannot be guessed: here for transaction ids, in random-bytes.ts for handles and process names. They never come
// from a Clock.
// node:crypto is loaded with the first one: programs start sooner without it.

/** Node's module. */
export const crypto = () => process.getBuiltinModule("node:crypto");

/** 0 up to 2 ** 32 - 1. */
export function randomWord(): number {
  return crypto().randomInt(0x1_0000_0000);
}
