// Reports wrong options where they are passed: a misspelt name or an invalid value would otherwise
// show up much later, if at all. A table beside each function's options lists the valid ones.
import { nearest } from "./nearest.js";
import { show } from "./show.js";

const isA = (type: string) => (value: unknown) => typeof value === type;
const isText = isA("string");
const isFunction = isA("function");
const isTime = (value: unknown) => isA("number")(value) && (value as number) >= 0;
const has = (method: string) => (value: unknown) => isFunction((value as Record<string, unknown>)[method]);

/** The kinds of values, with their descriptions in messages. */
const kinds = {
  flag: [isA("boolean"), "true or false"],
  text: [isText, "a string"],
  number: [(value: unknown) => isA("number")(value) && !Number.isNaN(value), "a number"],
  count: [(value: unknown) => isTime(value) && Number.isInteger(value), "a whole number, 0 or more"],
  size: [(value: unknown) => isTime(value) && value !== 0, "a number more than 0"],
  time: [isTime, "milliseconds, 0 or more"],
  timer: [(value: unknown) => isTime(value) && (value as number) < 2 ** 31, "milliseconds, 0 up to 2 ** 31"],
  share: [(value: unknown) => isTime(value) && (value as number) <= 1, "a number from 0 to 1"],
  function: [isFunction, "a function"],
  functions: [(value: unknown) => Array.isArray(value) && value.every(isFunction), "an array of functions"],
  signal: [has("addEventListener"), "an AbortSignal"],
  credential: [has("seal"), "a credential: authSys() or authNone()"],
  directory: [(value: unknown) => isText(value) || "engine" in Object(value), "a URL, or await openDirectory()"],
  pem: [
    (value: unknown) => isText(value) || value instanceof Uint8Array,
    "PEM text or bytes, or the path of a PEM file",
  ],
  object: [isA("object"), "an object"],
  any: [() => true, ""],
} as const satisfies Record<string, readonly [(value: unknown) => boolean, string]>;

type Kind = keyof typeof kinds;

/** A kind that is not in every bundle (option-kinds.ts): returns the description of valid values if the value is not one. */
export type RareKind = (value: unknown) => string | undefined;

/** A kind, the allowed values, or the table of an object's own options. */
export type OptionKind = Kind | RareKind | readonly unknown[] | { readonly [name: string]: OptionKind };

/** States the kind of every option of an interface. */
export type OptionTable<O> = { readonly [K in keyof O & string]-?: OptionKind };

/**
 * `where` names the object in messages. Options with the value undefined count as not set.
 * @throws TypeError that names the option and its valid values; for a misspelt name, the probable one.
 */
export function checkOptions(table: OptionTable<object>, given: object | undefined, where = "options"): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null) wrong(where, given, "an object");
  // Some functions check their options at each call, so texts are made only for errors.
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name))
      throw new TypeError(`${where}.${name} is not an option; ${meant(name, Object.keys(table))}`);
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined) checkOne((table as Record<string, OptionKind>)[name] as OptionKind, value, where, name);
  }
}

function checkOne(kind: OptionKind, value: unknown, where: string, name: string): void {
  if (typeof kind === "string") {
    const [fits, what] = kinds[kind];
    if (kind !== "any" && (value === null || !fits(value))) wrong(`${where}.${name}`, value, what);
  } else if (typeof kind === "function") {
    const what = kind(value);
    if (what !== undefined) wrong(`${where}.${name}`, value, what);
  } else if (!Array.isArray(kind)) checkOptions(kind as OptionTable<object>, value as object, `${where}.${name}`);
  else if (!kind.includes(value)) wrong(`${where}.${name}`, value, kind.map((one) => JSON.stringify(one)).join(" or "));
}

/** @throws TypeError */
export function wrong(place: string, value: unknown, what: string): never {
  throw new TypeError(`${place} is ${show(value)}; give ${what}`);
}

function meant(name: string, names: readonly string[]): string {
  const one = nearest(name, names);
  return one ? `did you mean ${one}?` : `there are ${names.join(", ")}`;
}
