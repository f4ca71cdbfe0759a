// What to say behind "there is no such name".
import { nearest } from "../idl/nearest.js";

/** The candidate that is nearest, whatever its case. */
function nearestOf(name: string, candidates: readonly string[]): string | undefined {
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const near = nearest(name.toLowerCase(), byLowerCase.keys());
  return near === undefined ? undefined : byLowerCase.get(near);
}

/** ` Did you mean "x"?`, or the names that there are, or nothing. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearestOf(name, candidates);
  if (near !== undefined) return ` Did you mean "${near}"?`;
  if (candidates.length === 0) return "";
  const shown = candidates.slice(0, 12);
  return ` There is ${shown.join(", ")}${candidates.length > shown.length ? ", ..." : ""}.`;
}
