// Paths into values as text, and errors that begin with one.
import { type PathStep, XdrError, type XdrErrorCode } from "./errors.js";

/** An error of the value at `path`, whose message begins with `root` and the path. */
export function errorAt(
  code: XdrErrorCode,
  rule: string,
  { root, path = [], offset }: { root?: string | undefined; path?: readonly PathStep[]; offset?: number | undefined },
): XdrError {
  return new XdrError(code, rule, { place: formatPath(root, path), path, offset });
}

/** Paths with more than twice this many steps are shortened in the middle. */
const stepsPrinted = 12;

/**
 * Formats a path as TypeScript would write it: `args.dirs[3].name`.
 * @example
 * console.log(formatPath("args", ["dirs", 3, "name"])); // args.dirs[3].name
 */
export function formatPath(root: string | undefined, path: readonly PathStep[]): string {
  if (path.length > 2 * stepsPrinted) {
    return `${formatPath(root, path.slice(0, stepsPrinted))}…${formatPath(undefined, path.slice(-stepsPrinted))}`;
  }
  let text = root ?? "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** Prepends `step` to the path of an error. Other errors pass unchanged. */
export function addStep(error: unknown, step: PathStep): unknown {
  if (!(error instanceof XdrError)) return error;
  // No caller has seen the error yet: changing it avoids a stack trace for every level.
  (error.path as PathStep[]).unshift(step);
  error.message = `${formatPath(undefined, error.path)}: ${error.rule}`;
  return error;
}
