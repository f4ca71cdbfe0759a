// Seeded choices: the same seed gives the same inputs.

/** An integer from 0 up to `limit`, which it never reaches. */
export type Random = (limit: number) => number;

/** A source of choices (xorshift). */
export function randomSource(seed: number): Random {
  return sourceFrom((seed * 2_654_435_761 + 1) >>> 0 || 1);
}

/**
 * The choices of one input: they depend on the seed and the input's number alone. So an input can be made again without
 * those before it, and runs with different seeds do not run into each other, as parts of one long sequence could.
 */
export function inputSource(seed: number, input: number): Random {
  return sourceFrom(mixed(mixed(seed) + input) || 1);
}

/** The finalizer of MurmurHash3: each bit of the number changes about half of the result's. */
function mixed(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function sourceFrom(start: number): Random {
  let state = start;
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
