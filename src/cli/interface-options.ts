// The flags for reading an interface, which are the same for every command that takes a .x file.
import { type Command, InvalidArgumentError } from "commander";
import type { TypeMapping } from "../idl/model/mapping.js";
import { typeProblems } from "../project/config-options.js";

export interface InterfaceFlags {
  /** `-I`: folders to search, after that of the including file. */
  readonly I?: readonly string[];
  /** `-D`: symbols, as in C's preprocessor. */
  readonly D?: Readonly<Record<string, string>>;
  /** `--import`: interfaces whose names can be used. */
  readonly import?: readonly string[];
  /** `--extern`: types that are written by hand, and the modules that export them. */
  readonly extern?: Readonly<Record<string, string>>;
  /** `--type`: options of one type or field, which override the configuration. */
  readonly type?: Readonly<Record<string, TypeMapping>>;
  /** `--config FILE`; false for `--no-config`. */
  readonly config?: string | boolean;
}

/** Adds -I, -D, --import, --extern, --config and --no-config. */
export function addInterfaceOptions(command: Command): void {
  command
    .option("-I <folder>", "folder to search for included and imported files (repeatable)", addText)
    .option("-D <name[=value]>", "define a symbol for #if and as a macro (repeatable)", addSymbol)
    .option("--import <file.x>", "use the names of another interface, too (repeatable)", addText)
    .option("--extern <name=module>", "import a type and its codec from a module (repeatable)", addExtern)
    .option("--config <file>", "the configuration (default: the nearest lupine.config.ts, .js or .json)")
    .option("--no-config", "use no configuration");
}

/** Parses `-D`. @throws InvalidArgumentError */
export function addSymbol(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value = "1"] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Write it like -DNAME or -DNAME=value.");
  return { ...before, [name]: value };
}

function addExtern(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, from] = /^([A-Za-z_]\w*)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || from === undefined) {
    throw new InvalidArgumentError("Write it like netaddr=./netaddr.js.");
  }
  return { ...before, [name]: from };
}

function addText(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Adds --type, for commands that print or read values. */
export function addTypeOption(command: Command): void {
  command.option(
    "--type <name:option=value>",
    "an option of one type or field: fattr3.size:hyper=number, pupil.name:char=text (repeatable)",
    addType,
  );
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

/** Merges options of types; those of `other` take precedence over those of `one`. */
export function mergeTypes(
  one: Readonly<Record<string, TypeMapping>> = {},
  other: Readonly<Record<string, TypeMapping>> = {},
): Record<string, TypeMapping> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, { ...one[name], ...other[name] }]));
}
