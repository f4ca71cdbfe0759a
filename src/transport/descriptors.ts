// Notices that the process is out of file descriptors: then libuv turns new connections away by itself, without a word.
import { closeSync, openSync } from "node:fs";

/** Milliseconds between looks, and between reports while it lasts. */
export const lookInterval = 1_000;
export const repeatInterval = 60_000;

/** @returns how to stop. `tell` is called when there are no descriptors, then once a minute while it lasts. */
export function watchDescriptors(tell: (cause: NodeJS.ErrnoException) => void): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const cause = shortage();
    if (cause === undefined) toldAt = Number.NEGATIVE_INFINITY;
    else if (performance.now() - toldAt >= repeatInterval) {
      toldAt = performance.now();
      tell(cause);
    }
  };
  const timer = setInterval(look, lookInterval).unref();
  return () => clearInterval(timer);
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
