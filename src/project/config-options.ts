// The options that lupine.config.ts and the flags of `lupine gen` share: their names, their choices, and the errors in
// values from outside. Commands load this file at their start: the errors of a whole configuration are in
// config-problems.ts.

import { nearest } from "../base/nearest.js";
import type { TypeMapping } from "../idl/model/mapping.js";

/** Choices of the options that can be set for all types or for one. */
export const typeChoices: Readonly<Record<keyof TypeMapping, readonly string[]>> = {
  hyper: ["bigint", "number"],
  char: ["number", "text", "latin1"],
  range: ["encode", "both"],
  string: ["utf8", "latin1", "bytes"],
  opaque: ["copied", "borrowed"],
  array: ["array", "typed"],
  enum: ["closed", "open"],
  list: ["array", "nested"],
  fields: ["verbatim", "camelCase"],
};

/** Choices of the options of an interface. */
export const fileChoices = {
  target: ["ts", "js"],
  importExtension: ["js", "ts", "none"],
  naming: ["camelCase", "verbatim", "rpcgen"],
} as const;

/** The options of the mapping except `types`. */
export const mappingKeys = [...(Object.keys(typeChoices) as (keyof TypeMapping)[]), "naming"] as const;

/** Levels of the linter's rules. */
export const ruleLevels = ["off", "warn", "error"] as const;

/** The errors of one `NAME: { option: value }` of `types`. */
export function typeProblems(name: string, options: unknown): string[] {
  if (!isObject(options)) return [`the options of "${name}" must be an object like { hyper: "number" }`];
  return Object.entries(options).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const allowed = Object.hasOwn(typeChoices, key) ? typeChoices[key as keyof TypeMapping] : undefined;
    if (allowed === undefined) return [`${unknownOption(key, Object.keys(typeChoices))} (of "${name}")`];
    return choiceProblems(key, value, allowed).map((problem) => `${problem} (of "${name}")`);
  });
}

/** The error of a value that the option does not allow. */
export function choiceProblems(key: string, value: unknown, allowed: readonly string[]): string[] {
  if (allowed.includes(value as string)) return [];
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  const hint = near === undefined ? ` is one of ${allowed.join(", ")}` : `: did you mean "${near}"?`;
  return [`"${key}" cannot be ${JSON.stringify(value)}${near === undefined ? `; it${hint}` : hint}`];
}

/** The error of a name that no option has, with the nearest one. */
export function unknownOption(key: string, candidates: readonly string[], what = "option"): string {
  const near = nearest(key, candidates);
  return `there is no ${what} "${key}"${near === undefined ? `; there is ${candidates.join(", ")}` : `: did you mean "${near}"?`}`;
}

/** Whether a value from outside is an object with options. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
