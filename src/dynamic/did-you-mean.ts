// What to say behind "there is no such name".
import { nearest } from "../idl/nearest.js";

/** ` Did you mean "x"?`, or the names that there are, or nothing. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  if (near !== undefined) return ` Did you mean "${near}"?`;
  if (candidates.length === 0) return "";
  const shown = candidates.slice(0, 12);
  return ` There is ${shown.join(", ")}${candidates.length > shown.length ? ", ..." : ""}.`;
}
