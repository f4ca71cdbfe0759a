// Bytes behind a result that its type does not account for. rpc.rstatd sends them, and so do servers of a newer interface.
import { XdrError } from "../xdr/errors.js";
import type { OnLeftOver } from "./left-over-warning.js";

export type { LeftOver, OnLeftOver } from "./left-over-warning.js";

/** Reports each procedure once, by `process.emitWarning`. The text is loaded with the first report. */
export function warnOfLeftOver(): OnLeftOver {
  let warning: Promise<OnLeftOver> | undefined;
  return (what) => {
    warning ??= import("./left-over-warning.js").then(({ leftOverWarning }) => leftOverWarning());
    warning.then((warn) => warn(what)).catch(() => undefined);
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
