// Bytes behind a result that its type does not account for. rpc.rstatd sends them, and so do servers of a newer interface.
import type { CallPlace } from "../rpc/errors.js";
import { XdrError } from "../xdr/errors.js";

/** A result that was accepted although more bytes followed it. */
export interface LeftOver extends CallPlace {
  /** The number of bytes that followed the result. */
  readonly bytes: number;
}

/** Called for a result that was accepted although more bytes followed it. Must not throw. */
export type OnLeftOver = (what: LeftOver) => void;

/** Procedures of one client that are warned of. */
const mostWarnings = 100;

/** Reports each procedure once, by `process.emitWarning`. */
export function warnOfLeftOver(): OnLeftOver {
  const seen = new Set<string>();
  return ({ program, version, procedure, peer, bytes }) => {
    const what = `${program}.${version}.${procedure}`;
    if (seen.has(what) || seen.size >= mostWarnings) return;
    seen.add(what);
    const advice =
      "does the server have a newer interface file? options.onLeftOver reports each, options.strict refuses them";
    const message = `${bytes} bytes were left over behind the result of ${what} from ${peer}, and ignored: ${advice}`;
    process.emitWarning(message, { type: "LupineWarning", code: "LUPINE_LEFT_OVER" });
  };
}

const forgivable = new Set(["XDR_BAD_PADDING", "XDR_BAD_TEXT"]);

/** The option that would accept the result, for the error message. */
export function decodeAdvice(cause: unknown, isLenient: boolean): string {
  if (!(cause instanceof XdrError) || isLenient) return "";
  if (cause.code === "XDR_TRAILING_BYTES") return " (options.strict: leave it out to have them ignored)";
  const isBool = cause.code === "XDR_OUT_OF_RANGE" && / bool/.test(cause.rule);
  return forgivable.has(cause.code) || isBool ? " (options.lenient forgives it)" : "";
}
