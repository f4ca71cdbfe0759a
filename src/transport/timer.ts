// Times for Node's timers, which fire at once where a time is beyond what they can hold.

/** Node's longest timer, in milliseconds: about 24.8 days. */
export const longestTimer = 0x7fff_ffff;

/** Milliseconds as a timer takes them: longer ones, Infinity above all, become the longest. */
export function timerDelay(milliseconds: number): number {
  return milliseconds <= longestTimer ? Math.max(0, milliseconds) : longestTimer;
}
