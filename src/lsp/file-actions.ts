// Code actions that change other files than interfaces: an option in the configuration, and a file that is missing.
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Position, WorkspaceEdit } from "vscode-languageserver";
import type { Finding } from "../idl/findings/diagnostics.js";
import { uriOf } from "./source-file.js";

/** The configuration and the editor around a finding. */
export interface Surroundings {
  /** The configuration of the interface, if it has one. */
  readonly config: string | undefined;
  /** The editor creates files for a server. */
  readonly canCreate: boolean;
}

export interface FileAction {
  readonly title: string;
  readonly edit: WorkspaceEdit;
}

/** The actions for a finding in the interface `path`. Texts without a file have none. */
export function fileActions({ code, message, hint = "" }: Finding, path: string, around: Surroundings): FileAction[] {
  if (!isAbsolute(path)) return [];
  const found = code === "include-not-found" ? missingFile(message, path, around) : optionAction(hint, path, around);
  return found === undefined ? [] : [found];
}

function missingFile(message: string, path: string, { canCreate }: Surroundings): FileAction | undefined {
  const [, name] = /^(\S+\.x) was not found/.exec(message) ?? [];
  if (name === undefined || !canCreate || isAbsolute(name)) return undefined;
  return { title: `Create ${name}`, edit: creating(join(dirname(path), name), "") };
}

/** An entry of one of the configuration's tables, as the hint of a finding says. */
interface Option {
  readonly table: "types" | "procedures";
  readonly place: string;
  readonly name: string;
  readonly value: string;
  /** The change, for a menu. */
  readonly change: string;
}

/** The option in the hint of the rule char-array, or of shared-method. */
function optionIn(hint: string): Option | undefined {
  const [, array] = /the option `([\w.]+):char=text`/.exec(hint) ?? [];
  if (array !== undefined)
    return { table: "types", place: array, name: "char", value: "text", change: `Map ${array} to text` };
  const [, place, value] = /procedures: \{ "([\w.]+)": \{ method: "(\w+)" \} \}/.exec(hint) ?? [];
  if (place === undefined || value === undefined) return undefined;
  return { table: "procedures", place, name: "method", value, change: `Keep the method ${value} of ${place}` };
}

function optionAction(hint: string, path: string, { config, canCreate }: Surroundings): FileAction | undefined {
  const option = optionIn(hint);
  if (option === undefined) return undefined;
  const file = config ?? join(projectFolder(path), "lupine.config.json");
  const title = `${option.change} in ${file.slice(dirname(file).length + 1)}`;
  if (config === undefined) {
    const { table, place, name, value } = option;
    const text = `{\n  "${table}": { "${place}": { "${name}": "${value}" } }\n}\n`;
    return canCreate ? { title, edit: creating(file, text) } : undefined;
  }
  const edit = addingOption(config, option);
  return edit === undefined ? undefined : { title, edit };
}

/** Undefined for a configuration of an unusual form, and for a place that has options already. */
function addingOption(config: string, { table, place, name, value }: Option): WorkspaceEdit | undefined {
  const text = readFileSync(config, "utf8");
  if (text.includes(`"${place}"`)) return undefined;
  const isJson = config.endsWith(".json");
  const named = (key: string): string => (isJson ? `"${key}"` : key);
  const entry = `"${place}": { ${named(name)}: "${value}" }`;
  const present = new RegExp(`(?<=^|[{,\\s])["']?${table}["']?\\s*:\\s*\\{`).exec(text);
  const whole = (isJson ? /\{/ : /\b(?:defineConfig\s*\(\s*|export\s+default\s*)\{/).exec(text);
  const found = present ?? whole;
  if (found === null) return undefined;
  const end = found.index + found[0].length;
  const added = present === null ? `${named(table)}: { ${entry} }` : entry;
  const newText = ` ${added}${/^\s*\}/.test(text.slice(end, end + 1_000)) ? " " : ","}`;
  const at = positionIn(text, end);
  return { changes: { [uriOf(config)]: [{ range: { start: at, end: at }, newText }] } };
}

/** The nearest folder with a package.json, where `lupine` looks for a configuration last; else the interface's. */
function projectFolder(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return dirname(path);
  }
}

function creating(path: string, newText: string): WorkspaceEdit {
  const uri = uriOf(path);
  const start = { line: 0, character: 0 };
  const edits =
    newText === ""
      ? []
      : [{ textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText }] }];
  return { documentChanges: [{ kind: "create", uri, options: { ignoreIfExists: true } }, ...edits] };
}

function positionIn(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}
