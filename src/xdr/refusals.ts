// Errors that readers and writers share. They are functions, so that the code around a check stays small enough to be
// inlined.
import { XdrError } from "./errors.js";

/** More bytes or elements than the interface file allows. Readers pass the offset of the word that says so. */
export function beyondBound(count: number, unit: "bytes" | "elements", bound: number, offset?: number): never {
  throw new XdrError("XDR_BAD_LENGTH", `${count} ${unit}, but at most ${bound} are allowed`, { offset });
}

/** More than `limits` allow. */
export function beyondLimit(count: number, unit: "bytes" | "elements", limit: number, offset?: number): never {
  throw new XdrError("XDR_LIMIT", `${count} ${unit} are over the limit of ${limit} (limits.${unit})`, { offset });
}

/** Nested deeper than `limits` allow. */
export function tooDeep(limit: number, offset?: number): never {
  throw new XdrError("XDR_LIMIT", `nested deeper than ${limit} levels (limits.depth)`, { offset });
}
