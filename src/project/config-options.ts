// The options that lupine.config.ts and the flags of `lupine gen` share: their names, their choices, and the errors in
// values from outside.

import { nearest } from "../base/nearest.js";
import type { Config } from "../codegen/config.js";
import { EXPLANATIONS } from "../idl/findings/explanations.js";
import { lintRules } from "../idl/lint/index.js";
import type { ProcedureMapping, TypeMapping } from "../idl/model/mapping.js";

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

const choices: Readonly<Record<string, readonly string[]>> = { ...typeChoices, ...fileChoices };
const texts = ["out", "runtime"];
const lists = ["interfaces", "includeFolders", "imports"];
const tables = ["symbols", "externs"];
const known = [...Object.keys(choices), ...texts, ...lists, ...tables, "types", "procedures", "lint"];

/** The errors of a configuration, one sentence each. */
export function configProblems(config: unknown): string[] {
  if (!isObject(config)) return ["it exports no configuration: write `export default defineConfig({ ... })`"];
  return Object.entries(config).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (Object.hasOwn(choices, key)) return choiceProblems(key, value, choices[key] ?? []);
    if (texts.includes(key)) return typeof value === "string" ? [] : [`"${key}" must be a string`];
    if (lists.includes(key)) return isTexts(value) ? [] : [`"${key}" must be an array of paths`];
    if (tables.includes(key)) return isTable(value) ? [] : [`"${key}" must be an object like { NAME: "text" }`];
    if (key === "types") return typesProblems(value);
    if (key === "procedures") return proceduresProblems(value);
    if (key === "lint") return lintProblems(value);
    return [unknownOption(key, known)];
  });
}

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

function typesProblems(types: unknown): string[] {
  if (!isObject(types)) return ['"types" must be an object like { size3: { hyper: "number" } }'];
  return Object.entries(types).flatMap(([name, options]) => typeProblems(name, options));
}

const procedureKeys: readonly (keyof ProcedureMapping)[] = ["idempotent", "oneWay", "stream", "inout", "method"];

function proceduresProblems(procedures: unknown): string[] {
  const shape = "an object like { idempotent: true }";
  if (!isObject(procedures)) return [`"procedures" must be an object like { "ADD_PROG.add": { idempotent: true } }`];
  return Object.entries(procedures).flatMap(([name, options]) => {
    if (!isObject(options)) return [`the options of "${name}" must be ${shape}`];
    return Object.entries(options).flatMap(([key, value]) => {
      if (!procedureKeys.includes(key as keyof ProcedureMapping))
        return [`${unknownOption(key, procedureKeys)} (of "${name}")`];
      if (key === "method") return methodProblems(name, value);
      if (key === "inout") return inoutProblems(name, value);
      return typeof value === "boolean" || value === undefined ? [] : [`"${key}" must be true or false (of "${name}")`];
    });
  });
}

function inoutProblems(name: string, value: unknown): string[] {
  const isList = value === undefined || (Array.isArray(value) && value.every((one) => typeof one === "string"));
  return isList ? [] : [`"inout" must be a list of arguments like ["buffer"] (of "${name}")`];
}

function methodProblems(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  // An object with a method `then` is a promise to JavaScript.
  if (value === "then") return [`"method" cannot be "then" (of "${name}")`];
  const isName = typeof value === "string" && /^[A-Za-z_$][\w$]*$/.test(value) && value !== "__proto__";
  return isName ? [] : [`"method" must be a name of letters, digits, _ and $ (of "${name}")`];
}

function lintProblems(rules: unknown): string[] {
  if (!isObject(rules)) return ['"lint" must be an object like { unbounded: "error" }'];
  const ids = [...lintRules.map(({ id }) => id), ...Object.keys(EXPLANATIONS)];
  return Object.entries(rules).flatMap(([id, level]) => {
    if (level === undefined) return [];
    if (ids.includes(id)) return choiceProblems(`lint.${id}`, level, ruleLevels);
    return [unknownOption(id, ids, "lint rule or warning")];
  });
}

function choiceProblems(key: string, value: unknown, allowed: readonly string[]): string[] {
  if (allowed.includes(value as string)) return [];
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  const hint = near === undefined ? ` is one of ${allowed.join(", ")}` : `: did you mean "${near}"?`;
  return [`"${key}" cannot be ${JSON.stringify(value)}${near === undefined ? `; it${hint}` : hint}`];
}

function unknownOption(key: string, candidates: readonly string[], what = "option"): string {
  const near = nearest(key, candidates);
  return `there is no ${what} "${key}"${near === undefined ? `; there is ${candidates.join(", ")}` : `: did you mean "${near}"?`}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isTable(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((one) => typeof one === "string");
}

/** A configuration that was checked. */
export function asConfig(config: unknown): Config {
  return config as Config;
}
