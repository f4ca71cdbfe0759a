// The suggestion after "there is no such name".
import { NearestNames } from "../base/nearest-names.js";

/** ` Did you mean "x"?`, a list of the existing names, or nothing. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = new NearestNames(candidates).nearest(name);
  if (near !== undefined) return ` Did you mean "${near}"?`;
  if (candidates.length === 0) return "";
  const shown = candidates.slice(0, 12);
  return ` There is ${shown.join(", ")}${candidates.length > shown.length ? ", ..." : ""}.`;
}
