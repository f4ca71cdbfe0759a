// The errors of a configuration. They name rules of the linter and codes of errors, so this file is loaded only when there is a
// configuration.

import { allSemantics } from "../base/semantics.js";
import type { Config } from "../codegen/config.js";
import { EXPLANATIONS } from "../idl/findings/explanations.js";
import { lintRules } from "../idl/lint/index.js";
import type { ProcedureMapping } from "../idl/model/mapping.js";
import {
  choiceProblems,
  fileChoices,
  isObject,
  ruleLevels,
  typeChoices,
  typeProblems,
  unknownOption,
} from "./config-options.js";

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

function typesProblems(types: unknown): string[] {
  if (!isObject(types)) return ['"types" must be an object like { size3: { hyper: "number" } }'];
  return Object.entries(types).flatMap(([name, options]) => typeProblems(name, options));
}

const procedureKeys: readonly (keyof ProcedureMapping)[] = [
  "idempotent",
  "semantics",
  "oneWay",
  "stream",
  "inout",
  "method",
];

function proceduresProblems(procedures: unknown): string[] {
  const shape = "an object like { idempotent: true }";
  if (!isObject(procedures)) return [`"procedures" must be an object like { "ADD_PROG.add": { idempotent: true } }`];
  return Object.entries(procedures).flatMap(([name, options]) => {
    if (!isObject(options)) return [`the options of "${name}" must be ${shape}`];
    return Object.entries(options).flatMap(([key, value]) => {
      if (!procedureKeys.includes(key as keyof ProcedureMapping))
        return [`${unknownOption(key, procedureKeys)} (of "${name}")`];
      if (key === "method") return methodProblems(name, value);
      if (key === "semantics")
        return value === undefined ? [] : choiceProblems(`${name}.semantics`, value, allSemantics);
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
