// How `lupine gen` generates: the configuration with the flags over it.
import { dirname, join, relative } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../codegen/config.js";
import type { Mapping, TypeMapping } from "../idl/mapping.js";
import { findConfig, type LoadedConfig, loadConfig } from "./config-file.js";
import { fileChoices, typeChoices, typeProblems } from "./config-options.js";
import type { SearchFlags } from "./include-files.js";
import { CommandError } from "./output.js";

/** The flags of the options that a configuration has too. */
export interface SettingFlags extends Omit<Config, "interfaces" | "types">, SearchFlags {
  readonly type?: Readonly<Record<string, TypeMapping>>;
  readonly compat?: "rpcgen";
  /** `--config FILE`; false for `--no-config`. */
  readonly config?: string | boolean;
}

const mappingKeys = [...(Object.keys(typeChoices) as (keyof TypeMapping)[]), "naming"] as const;

const descriptions: Readonly<Record<keyof TypeMapping, string>> = {
  hyper: "64-bit integers: bigint, or a number that throws beyond 2^53",
  string: "strings: strict UTF-8, Latin-1, or bytes as they are",
  opaque: "decoded opaque data: copied, or a view of the message that ends with the call",
  array: "arrays of numbers: T[], or typed arrays",
  enum: "enum values without a name: refused, or let through",
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
  command
    .option(
      "--type <name:option=value>",
      "an option of one type or field: fattr3.size:hyper=number (repeatable)",
      addType,
    )
    .option("--config <file>", "the configuration (default: lupine.config.ts, .js or .json here or above)")
    .option("--no-config", "use no configuration");
}

/** `size3:hyper=number,array=typed` */
function addType(text: string, before: Readonly<Record<string, TypeMapping>> = {}): Record<string, TypeMapping> {
  const [, name, list] = /^([^:]+):(.+)$/.exec(text) ?? [];
  if (name === undefined || list === undefined) {
    throw new InvalidArgumentError("Write it like size3:hyper=number or entry.name:string=bytes.");
  }
  const options = Object.fromEntries(list.split(",").map((one) => one.split("=", 2)));
  const [problem] = typeProblems(name, options);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return { ...before, [name]: { ...before[name], ...options } };
}

/** What a run generates with. */
export interface Settings {
  readonly config: LoadedConfig | undefined;
  /** From the configuration, relative to the working folder. */
  readonly interfaces: readonly string[];
  readonly out: string | undefined;
  readonly target: "ts" | "js";
  readonly importExtension: "js" | "ts" | "none";
  readonly runtime: string | undefined;
  readonly mapping: Mapping;
  readonly search: SearchFlags;
}

/** The configuration, if there is one, and the flags over it. @throws CommandError */
export async function settingsOf(flags: SettingFlags): Promise<Settings> {
  const path = flags.config === false ? undefined : typeof flags.config === "string" ? flags.config : findConfig(".");
  const loaded = path === undefined ? undefined : await loadConfig(path);
  const config = loaded?.config ?? {};
  const folder = path === undefined ? "." : dirname(path);
  const here = (file: string): string => relative(".", join(folder, file));
  return {
    config: loaded,
    interfaces: (config.interfaces ?? []).map(here),
    out: flags.out ?? (config.out === undefined ? undefined : `${here(config.out) || "."}/`),
    target: flags.target ?? config.target ?? "ts",
    importExtension: flags.importExtension ?? config.importExtension ?? "js",
    runtime: flags.runtime ?? config.runtime,
    mapping: mappingOf(flags, config),
    search: { I: flags.I ?? [], D: flags.D ?? {}, import: flags.import ?? [], extern: flags.extern ?? {} },
  };
}

function mappingOf(flags: SettingFlags, config: Config): Mapping {
  if (flags.compat !== undefined && flags.naming !== undefined && flags.naming !== flags.compat) {
    throw new CommandError("USAGE", `--compat ${flags.compat} and --naming ${flags.naming} exclude each other`);
  }
  const entries = mappingKeys.map((key) => [
    key,
    flags[key] ?? (key === "naming" ? flags.compat : undefined) ?? config[key],
  ]);
  const types = mergeTypes(config.types ?? {}, flags.type ?? {});
  return Object.fromEntries(
    [...entries, ["types", Object.keys(types).length === 0 ? undefined : types]].filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function mergeTypes(
  one: Readonly<Record<string, TypeMapping>>,
  other: Readonly<Record<string, TypeMapping>>,
): Record<string, TypeMapping> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, { ...one[name], ...other[name] }]));
}
