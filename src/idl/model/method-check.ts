// Warns of procedures that would have the same method: neither gets the name, so that no caller of one calls the other.
import { type Reporter, reportWarning } from "../findings/diagnostics.js";
import { candidatesFor, sharedNames } from "../names/names.js";
import type { Mapping } from "./mapping.js";
import type { Definition, ProgramDefinition, VersionDefinition } from "./model.js";

/** The procedures that one message names at most. */
const MOST_NAMES = 3;

/** @param definitions with the options of `mapping` applied. */
export function checkMethods(definitions: readonly Definition[], mapping: Mapping, reporter: Reporter): void {
  for (const definition of definitions) {
    if (definition.kind !== "program") continue;
    for (const version of definition.versions) checkVersion(definition, version, mapping, reporter);
  }
}

function checkVersion(
  { name: program }: ProgramDefinition,
  { name, number, procedures }: VersionDefinition,
  { naming = "camelCase", procedures: options = {} }: Mapping,
  reporter: Reporter,
): void {
  const candidates = candidatesFor(naming, { program, version: name, number });
  const shared = sharedNames(procedures, candidates);
  if (shared.size === 0) return;
  const byName = new Map(procedures.map((one) => [one.name, one]));
  for (const [method, names] of shared) {
    // Chosen by the options: nothing is left to say.
    if (names.some((one) => options[`${program}.${one}`]?.method !== undefined)) continue;
    const [first, second] = names.map((one) => byName.get(one));
    if (first === undefined || second === undefined) continue;
    const listed = names.slice(0, MOST_NAMES);
    const more = names.length > MOST_NAMES ? [`${names.length - MOST_NAMES} more`] : [];
    const methods = listed.map((one) => byName.get(one)?.method ?? one);
    const message = `the method ${method} could be ${joined([...listed, ...more], "or")}, so ${names.length === 2 ? "neither" : "none"} has the name: the methods are ${joined([...methods, ...more], "and")}`;
    reportWarning(reporter, "shared-method", second.span, message, {
      hint: `choose in lupine.config.ts: procedures: { "${program}.${first.name}": { method: "${method}" } }`,
      related: [{ span: first.span, message: "the other one is here" }],
    });
  }
}

function joined(words: readonly string[], word: "and" | "or"): string {
  return `${words.slice(0, -1).join(", ")} ${word} ${words.at(-1)}`;
}
