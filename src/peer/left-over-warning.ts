// The warning about bytes after a result, for clients without `onLeftOver`. Loaded late, because servers seldom send
// them.
import type { CallPlace } from "../rpc/errors.js";

/** A result that was accepted although more bytes followed it. */
export interface LeftOver extends CallPlace {
  /** The number of bytes that followed the result. */
  readonly bytes: number;
}

/** Called for a result that was accepted although more bytes followed it. Must not throw. */
export type OnLeftOver = (what: LeftOver) => void;

/** The most procedures of one client for which a warning is emitted. */
const mostWarnings = 100;

/** Reports each procedure once, by `process.emitWarning`. */
export function leftOverWarning(): OnLeftOver {
  const seen = new Set<string>();
  return ({ program, version, procedure, peer, bytes }) => {
    const what = `${program}.${version}.${procedure}`;
    if (seen.has(what) || seen.size >= mostWarnings) return;
    seen.add(what);
    const advice =
      "does the server have a newer interface file? options.onLeftOver reports each, options.strict refuses them";
    const message = `${bytes} bytes were left over after the result of ${what} from ${peer}, and ignored: ${advice}`;
    process.emitWarning(message, { type: "LupineWarning", code: "LUPINE_LEFT_OVER" });
  };
}
