// The settings of `lupine gen`: the configuration, overridden by flags.

import { type Command, Option } from "commander";
import type { Config } from "../../codegen/config.js";
import type { Mapping, TypeMapping } from "../../idl/model/mapping.js";
import { fileChoices, mappingKeys, typeChoices } from "../../project/config-options.js";
import type { Project, Search } from "../../project/project.js";
import { addTypeOption, type InterfaceFlags, mergeTypes } from "../interface-options.js";
import { CommandError } from "../output.js";

/** The flags for options that a configuration has, too. */
export interface SettingFlags
  extends Pick<Config, "out" | "target" | "importExtension" | "runtime" | (typeof mappingKeys)[number]>,
    InterfaceFlags {
  readonly compat?: "rpcgen";
}

const descriptions: Readonly<Record<keyof TypeMapping, string>> = {
  hyper: "64-bit integers: bigint, or a number that throws beyond 2^53",
  char: "char x[32]: numbers, or text in UTF-8 or Latin-1, NUL-padded",
  range: "char and short values out of range: rejected when encoding, or also when decoding",
  string: "strings: strict UTF-8, Latin-1, or bytes as they are",
  opaque: "decoded opaque data: copied, or a view of the message that ends with the call",
  array: "arrays of numbers: T[], or typed arrays",
  enum: "enum values without a name: rejected, or accepted",
  list: "linked lists: T[], or objects that nest as declared",
  fields: "names of fields and arms",
};

/** Adds the flags that mirror lupine.config.ts. */
export function addSettingOptions(command: Command): void {
  const choice = (flags: string, description: string, choices: readonly string[]): Option =>
    new Option(flags, description).choices([...choices]);
  command
    .addOption(choice("--target <target>", "TypeScript, or JavaScript with .d.ts (default: ts)", fileChoices.target))
    .addOption(
      choice(
        "--import-extension <extension>",
        "how files import each other (default: js)",
        fileChoices.importExtension,
      ),
    )
    .option("--runtime <module>", "what generated code imports (default: lupine/codegen/v1)")
    .addOption(choice("--naming <naming>", "names of methods (default: camelCase)", fileChoices.naming))
    .addOption(choice("--compat <tool>", "the names that another compiler gives: add_1, add_1_svc", ["rpcgen"]));
  for (const [key, choices] of Object.entries(typeChoices)) {
    command.addOption(choice(`--${key} <choice>`, descriptions[key as keyof TypeMapping], choices));
  }
  addTypeOption(command);
}

/** The settings of a run. */
export interface Settings {
  readonly project: Project;
  readonly out: string | undefined;
  readonly target: "ts" | "js";
  readonly importExtension: "js" | "ts" | "none";
  readonly runtime: string | undefined;
  readonly mapping: Mapping;
  readonly search: Search;
}

/** A project's configuration, overridden by flags. @throws CommandError */
export function settingsOf(flags: SettingFlags, project: Project): Settings {
  const config = project.config?.config ?? {};
  return {
    project,
    out: flags.out ?? (config.out === undefined ? undefined : `${project.here(config.out)}/`),
    target: flags.target ?? config.target ?? "ts",
    importExtension: flags.importExtension ?? config.importExtension ?? "js",
    runtime: flags.runtime ?? config.runtime,
    mapping: mappingOf(flags, config),
    search: project.search,
  };
}

function mappingOf(flags: SettingFlags, config: Config): Mapping {
  if (flags.compat !== undefined && flags.naming !== undefined && flags.naming !== flags.compat) {
    throw new CommandError("USAGE", `--compat ${flags.compat} and --naming ${flags.naming} cannot be combined`);
  }
  const entries = mappingKeys.map((key) => [
    key,
    flags[key] ?? (key === "naming" ? flags.compat : undefined) ?? config[key],
  ]);
  const types = mergeTypes(config.types ?? {}, flags.type ?? {});
  return Object.fromEntries(
    [
      ...entries,
      ["types", Object.keys(types).length === 0 ? undefined : types],
      ["procedures", config.procedures],
    ].filter(([, value]) => value !== undefined),
  );
}
