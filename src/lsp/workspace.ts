// The files that questions can be about: those open in the editor, and those on disk that they build on.

import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { type Analysis, analyzeInterface } from "../idl/analyze.js";
import { isInterfaceName } from "../idl/file-names.js";
import { decodeText, type FoundFile, type IncludeRequest } from "../idl/index.js";
import { interfaceInText } from "../idl/rfc-text.js";
import { type CaseLabels, type Declaration, declarationsOf } from "./declarations.js";
import { includePlaces, interfacesBeside, type Link, linksOf } from "./links.js";
import { scan, type Token } from "./scan.js";
import { type FileSettings, SettingsStore } from "./settings.js";
import { pathOf, type SourceFile, sourceFile, uriOf } from "./source-file.js";
import { type Extent, statementsOf } from "./statements.js";

/** A larger file on disk is not read, bytes. */
export const MAX_FILE_SIZE = 8 * 1024 * 1024;
/** Files that one file builds on, itself and those behind others among them. */
export const MAX_REACH = 500;
/** Folder entries that are looked at in search of interface files. */
export const MAX_ENTRIES = 20_000;

/** One file by itself. */
export interface FileIndex {
  readonly file: SourceFile;
  readonly tokens: readonly Token[];
  readonly extents: ReadonlyMap<number, Extent>;
  readonly declarations: readonly Declaration[];
  readonly caseLabels: CaseLabels;
  readonly links: readonly Link[];
  readonly analysis: Analysis;
  readonly settings: FileSettings;
  /** The files behind the links when this was made. */
  readonly saw: readonly (SourceFile | undefined)[];
}

interface OnDisk {
  readonly stamp: string;
  readonly file: SourceFile;
}

export class Workspace {
  readonly #open = new Map<string, SourceFile>();
  readonly #disk = new Map<string, OnDisk>();
  readonly #indexes = new Map<string, FileIndex>();
  readonly #links = new WeakMap<SourceFile, { settings: FileSettings; links: Link[] }>();
  readonly #settings: SettingsStore;
  /** Folders that the editor has open. */
  folders: readonly string[] = [];

  constructor(settings = new SettingsStore()) {
    this.#settings = settings;
  }

  open(uri: string, text: string, version: number): SourceFile {
    const file = sourceFile(uri, text, version);
    this.#open.set(file.path, file);
    return file;
  }

  close(uri: string): void {
    const path = pathOf(uri);
    this.#open.delete(path);
    this.#indexes.delete(path);
  }

  opened(): SourceFile[] {
    return [...this.#open.values()];
  }

  /** The editor's text where it has one, else the disk's; undefined when there is no such file. */
  file(path: string): SourceFile | undefined {
    return this.#open.get(path) ?? this.#read(path);
  }

  #read(path: string): SourceFile | undefined {
    try {
      const { mtimeMs, size } = statSync(path);
      const stamp = `${mtimeMs} ${size}`;
      const known = this.#disk.get(path);
      if (known?.stamp === stamp) return known.file;
      if (size > MAX_FILE_SIZE) return undefined;
      const file = sourceFile(uriOf(path), decodeText(readFileSync(path)).text);
      this.#disk.set(path, { stamp, file });
      return file;
    } catch {
      this.#disk.delete(path);
      return undefined;
    }
  }

  /** What is known of a file, worked out again when it or one that it builds on has changed. */
  index(path: string): FileIndex | undefined {
    const file = this.file(path);
    if (file === undefined) return undefined;
    const known = this.#indexes.get(path);
    if (known !== undefined && this.#isCurrent(known, file)) return known;
    const made = this.#makeIndex(file);
    this.#indexes.set(path, made);
    return made;
  }

  #isCurrent(index: FileIndex, file: SourceFile): boolean {
    if (index.file !== file || index.settings !== this.#settings.of(file.path)) return false;
    const now = this.#sources(file);
    return now.length === index.saw.length && now.every((one, at) => one === index.saw[at]);
  }

  #makeIndex(file: SourceFile): FileIndex {
    const { path, text } = file;
    const tokens = scan(interfaceInText(text) ?? text);
    const extents = statementsOf(text, tokens);
    const links = this.#linksOf(file);
    const saw = this.#sources(file);
    const settings = this.#settings.of(path);
    const { includeFolders, symbols, imports, externs, mapping, levels } = settings;
    const analysis = analyzeInterface({
      file: path,
      text,
      symbols,
      imports,
      externs,
      mapping,
      levels,
      resolveInclude: Object.assign((sought: IncludeRequest) => this.#include(sought, includeFolders), {
        beside: interfacesBeside,
      }),
    });
    const parts = { file: path, text, tokens, extents, syntax: analysis.syntax };
    return { file, tokens, extents, links, saw, analysis, settings, ...declarationsOf(parts) };
  }

  #include(sought: IncludeRequest, folders: readonly string[]): FoundFile | undefined {
    for (const path of includePlaces(sought, folders)) {
      const found = this.file(path);
      if (found !== undefined) return { file: path, text: found.text };
    }
    return undefined;
  }

  /** All that a file builds on, as it is now. */
  #sources(file: SourceFile): (SourceFile | undefined)[] {
    const found: (SourceFile | undefined)[] = [];
    const seen = new Set([file.path]);
    const todo = [...this.#imported(file), ...this.#targets(file)];
    for (let at = 0; at < todo.length && seen.size < MAX_REACH; at++) {
      const target = todo[at];
      found.push(target);
      if (target === undefined || seen.has(target.path)) continue;
      seen.add(target.path);
      todo.push(...this.#targets(target));
    }
    return found;
  }

  #targets(file: SourceFile): (SourceFile | undefined)[] {
    return this.#linksOf(file).map((link) => this.target(link));
  }

  /** The interfaces that the settings import into a file. */
  #imported({ path }: SourceFile): (SourceFile | undefined)[] {
    return this.#settings.of(path).imports.map((one) => (one === path ? undefined : this.file(one)));
  }

  #linksOf(file: SourceFile): Link[] {
    const settings = this.#settings.of(file.path);
    const known = this.#links.get(file);
    if (known?.settings === settings) return known.links;
    const links = linksOf(file.path, file.text, settings.includeFolders);
    this.#links.set(file, { settings, links });
    return links;
  }

  /** The file that a link leads to. */
  target(link: Link): SourceFile | undefined {
    for (const path of link.candidates) {
      const file = this.file(path);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  /** A file and all that it builds on, the nearest first. */
  reach(path: string): SourceFile[] {
    const first = this.file(path);
    if (first === undefined) return [];
    const found = new Set([first]);
    for (const file of found) {
      const targets = file === first ? [...this.#targets(file), ...this.#imported(file)] : this.#targets(file);
      for (const target of targets) if (target !== undefined && found.size < MAX_REACH) found.add(target);
    }
    return [...found];
  }

  /** Whether a file is open in the editor, or in a folder that is. */
  isOwn(path: string): boolean {
    return this.#open.has(path) || this.folders.some((folder) => isWithin(folder, path));
  }

  /** The paths of the interface files that are open, and of those in the editor's folders. */
  own(): string[] {
    return [...new Set([...this.#open.keys(), ...interfaceFiles(this.folders)])];
  }

  /** Every interface file that is known: open ones, those they build on, and those in the editor's folders. */
  all(): SourceFile[] {
    const found = new Map<string, SourceFile>();
    for (const path of this.own()) {
      if (found.has(path)) continue;
      for (const file of this.reach(path)) found.set(file.path, file);
    }
    return [...found.values()];
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && !way.startsWith("..");
}

const IGNORED = new Set(["node_modules", ".git", "dist", "build"]);

function interfaceFiles(folders: readonly string[]): string[] {
  const found: string[] = [];
  const todo = [...folders];
  let looked = 0;
  for (let folder = todo.shift(); folder !== undefined && looked < MAX_ENTRIES; folder = todo.shift()) {
    for (const entry of entriesOf(folder)) {
      looked++;
      if (entry.isDirectory() && !IGNORED.has(entry.name)) todo.push(join(folder, entry.name));
      else if (entry.isFile() && isInterfaceName(entry.name)) found.push(join(folder, entry.name));
    }
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
