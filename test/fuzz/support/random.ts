// Seeded choices: the same seed gives the same inputs.

/** An integer from 0 up to `limit`, which it never reaches. */
export type Random = (limit: number) => number;

/** A source of choices (xorshift). */
export function randomSource(seed: number): Random {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random(items.length)] as T;
}

/** 32 random bits. */
export function randomWord(random: Random): number {
  return random(0x1_0000_0000);
}

export function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = random(256);
  return bytes;
}
