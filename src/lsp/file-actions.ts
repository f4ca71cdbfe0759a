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
  const found = code === "include-not-found" ? missingFile(message, path, around) : charOption(hint, path, around);
  return found === undefined ? [] : [found];
}

function missingFile(message: string, path: string, { canCreate }: Surroundings): FileAction | undefined {
  const [, name] = /^(\S+\.x) was not found/.exec(message) ?? [];
  if (name === undefined || !canCreate || isAbsolute(name)) return undefined;
  return { title: `Create ${name}`, edit: creating(join(dirname(path), name), "") };
}

/** `types: { "pupil.name": { char: "text" } }`, as the hint of the rule char-array says. */
function charOption(hint: string, path: string, { config, canCreate }: Surroundings): FileAction | undefined {
  const [, place] = /the option `([\w.]+):char=text`/.exec(hint) ?? [];
  if (place === undefined) return undefined;
  const file = config ?? join(projectFolder(path), "lupine.config.json");
  const title = `Map ${place} to text in ${file.slice(dirname(file).length + 1)}`;
  if (config === undefined) {
    const text = `{\n  "types": { "${place}": { "char": "text" } }\n}\n`;
    return canCreate ? { title, edit: creating(file, text) } : undefined;
  }
  const edit = addingOption(config, place);
  return edit === undefined ? undefined : { title, edit };
}

/** Undefined for a configuration of an unusual form, and for a place that has options already. */
function addingOption(config: string, place: string): WorkspaceEdit | undefined {
  const text = readFileSync(config, "utf8");
  if (text.includes(`"${place}"`)) return undefined;
  const isJson = config.endsWith(".json");
  const named = (name: string): string => (isJson ? `"${name}"` : name);
  const entry = `"${place}": { ${named("char")}: "text" }`;
  const types = /(?<=^|[{,\s])["']?types["']?\s*:\s*\{/.exec(text);
  const whole = (isJson ? /\{/ : /\b(?:defineConfig\s*\(\s*|export\s+default\s*)\{/).exec(text);
  const found = types ?? whole;
  if (found === null) return undefined;
  const end = found.index + found[0].length;
  const added = types === null ? `${named("types")}: { ${entry} }` : entry;
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
