// Kinds of options that clients do not have. They are beside check-options.ts, so that bundles of clients do not contain them.
import type { RareKind } from "./check-options.js";
import { allSemantics } from "./semantics.js";

const isId = (value: unknown) => Number(value) >>> 0 === value;
const isList = (value: unknown, each: (one: unknown) => boolean) => Array.isArray(value) && value.every(each);
const has = (value: unknown, method: string) => typeof Object(value)[method] === "function";
const unless = (isValid: boolean, what: string) => (isValid ? undefined : what);

export const texts: RareKind = (value) =>
  unless(
    isList(value, (one) => typeof one === "string"),
    "an array of strings",
  );

export const id: RareKind = (value) => unless(isId(value), "a whole number, 0 to 4294967295");

/** One of the call semantics, or one for some methods. */
export const semanticsByMethod: RareKind = (value) =>
  (typeof value === "object" && value !== null ? Object.values(value) : [value]).every(
    (one) => one === undefined || allSemantics.includes(one as (typeof allSemantics)[number]),
  )
    ? undefined
    : `${allSemantics.join(", ")}, or an object like { add: "at-least-once" }`;

export const ids: RareKind = (value) => unless(isList(value, isId), "an array of whole numbers, each 0 to 4294967295");

export const acceptors: RareKind = (value) =>
  unless(
    isList(value, (one) => has(one, "admit")),
    "an array: [acceptNone(), acceptSys()]",
  );

export const cache: RareKind = (value) =>
  unless(value === false || has(value, "begin"), "memoryReplyCache(), or false");
