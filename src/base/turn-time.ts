// The time by a clock, read once in a turn of the event loop, because reading it can take a tenth of the time of a call. For leases and ages.
import { type Clock, systemClock } from "./clock.js";

/** Returns the time in milliseconds by the clock. With the machine's clock it stays the same until the end of the turn. */
export function turnTime(clock: Clock): () => number {
  if (clock !== systemClock) return () => clock.now();
  let time: number | undefined;
  const forget = (): void => {
    time = undefined;
  };
  return () => {
    if (time === undefined) {
      time = clock.now();
      setImmediate(forget);
    }
    return time;
  };
}
