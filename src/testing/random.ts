// A small seeded generator, so that a failing run can be repeated.

/**
 * Returns a function that gives numbers from 0 (inclusive) to 1 (exclusive), the same ones for the same seed (mulberry32).
 * @example
 * console.log(seededRandom(1)() === seededRandom(1)()); // true
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
