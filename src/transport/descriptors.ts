// Detects that the process is out of file descriptors: libuv then silently closes new connections.

import { closeSync, openSync } from "node:fs";
import { systemClock } from "../base/clock.js";

/** Milliseconds between checks, and between reports while it lasts. */
export const lookInterval = 1_000;
export const repeatInterval = 60_000;

/** @returns a function that stops it. `tell` is called when the process has no free descriptors, then once a minute until it has. */
export function watchDescriptors(tell: (cause: NodeJS.ErrnoException) => void): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const cause = shortage();
    if (cause === undefined) toldAt = Number.NEGATIVE_INFINITY;
    else if (systemClock.now() - toldAt >= repeatInterval) {
      toldAt = systemClock.now();
      tell(cause);
    }
  };
  const timer = systemClock.setInterval(look, lookInterval).unref();
  return () => systemClock.clearTimeout(timer);
}

function shortage(): NodeJS.ErrnoException | undefined {
  try {
    closeSync(openSync("/dev/null", "r"));
    return undefined;
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    return cause.code === "EMFILE" || cause.code === "ENFILE" ? cause : undefined;
  }
}
