// Handles bytes after a result that its type does not account for. rpc.rstatd sends them, and so do servers with a
// newer interface.
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
