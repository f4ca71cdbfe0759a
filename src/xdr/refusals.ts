// Errors that readers and writers share. They are functions, so that the code around a check stays small enough to be
// inlined.
import { show } from "../base/show.js";
import { XdrError, type XdrErrorCode } from "./errors.js";

/** @throws XdrError always. Readers pass the offset of the word that is wrong. */
export function refuse(code: XdrErrorCode, rule: string, offset?: number): never {
  throw new XdrError(code, rule, { offset });
}

/** Refuses `value`, which is of another JavaScript type than `what` ("an array"). */
export function wrongType(what: string, value: unknown): never {
  return refuse("XDR_WRONG_TYPE", `${show(value)} is not ${what}`);
}

export function notInt(value: unknown): never {
  return notAn("an int", value, undefined, "-2147483648 to 2147483647");
}

export function notUnsignedInt(value: unknown): never {
  return notAn("an unsigned int", value, undefined, "0 to 4294967295");
}

/** Refuses `value`, which should have been `what` ("an int"), a number of a range. */
export function notAn(what: string, value: unknown, offset?: number, range?: string): never {
  if (typeof value === "number") return outOfRange(value, what, range, offset);
  return wrongType(typeof value === "bigint" ? `${what} (write it without the n)` : what, value);
}

/** Refuses a number or bigint that `what` does not have. */
export function outOfRange(value: unknown, what: string, range?: string, offset?: number): never {
  return refuse("XDR_OUT_OF_RANGE", `${show(value)} is not ${what}${range === undefined ? "" : ` (${range})`}`, offset);
}

/** More bytes or elements than the interface file allows. Readers pass the offset of the word that says so. */
export function beyondBound(count: number, unit: "bytes" | "elements", bound: number, offset?: number): never {
  return refuse("XDR_BAD_LENGTH", `${count} ${unit}, but at most ${bound} are allowed`, offset);
}

/** More than `limits` allow. */
export function beyondLimit(count: number, unit: "bytes" | "elements", limit: number, offset?: number): never {
  return refuse("XDR_LIMIT", `${count} ${unit} are over the limit of ${limit} (limits.${unit})`, offset);
}

/** Nested deeper than `limits` allow. */
export function tooDeep(limit: number, offset?: number): never {
  return refuse("XDR_LIMIT", `nested deeper than ${limit} levels (limits.depth)`, offset);
}
