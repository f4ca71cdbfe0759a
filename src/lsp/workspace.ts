// The files that questions can be about: those open in the editor, and those on disk that they depend on.
import { statSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { type Analysis, analyzeInterface } from "../idl/analyze.js";
import type { FoundFile, IncludeRequest, IncludeResolver } from "../idl/preprocess/units.js";
import { decodeText } from "../idl/source.js";
import { ParsedFiles } from "../idl/syntax/parsed-files.js";
import { interfacesBelow } from "../project/interface-files.js";
import { compileInput } from "../project/load.js";
import { readIfFile } from "../project/read-file.js";
import { type CaseLabels, type Declaration, declarationsOf } from "./declarations.js";
import { type Link, linksOf } from "./links.js";
import { type Token, tokensOf } from "./scan.js";
import { type FileSettings, SettingsStore } from "./settings.js";
import { pathOf, type SourceFile, sourceFile, uriOf } from "./source-file.js";
import { type Extent, statementsOf } from "./statements.js";

/** The size in bytes above which a file on disk is not read. */
export const MAX_FILE_SIZE = 8 * 1024 * 1024;
/** The most files that one file may depend on, directly or not, including itself. */
export const MAX_REACH = 500;
/** The most folder entries that are searched for interface files. */
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
  /** The files that the compiler requested for this result, and their contents. */
  readonly asked: readonly Asked[];
}

/** A question of the compiler for a file, or for the interfaces beside one. */
interface Asked {
  readonly ask: () => unknown;
  readonly answer: unknown;
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
  /** Syntax that files share, from the sources that questions are about. */
  readonly #parsed = new ParsedFiles({ sourceOf: ({ file }) => this.file(file)?.source });
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

  /** The editor's text if it has one, else the disk's; undefined if the file does not exist. */
  file(path: string): SourceFile | undefined {
    return this.#open.get(path) ?? this.#read(path);
  }

  #read(path: string): SourceFile | undefined {
    try {
      const { mtimeMs, size } = statSync(path);
      const stamp = `${mtimeMs} ${size}`;
      const known = this.#disk.get(path);
      if (known?.stamp === stamp) return known.file;
      const bytes = size > MAX_FILE_SIZE ? undefined : readIfFile(path);
      if (bytes === undefined) return undefined;
      const file = sourceFile(uriOf(path), decodeText(bytes).text);
      this.#disk.set(path, { stamp, file });
      return file;
    } catch {
      this.#disk.delete(path);
      return undefined;
    }
  }

  /** The analysis of a file, repeated when it or a file that it uses has changed. */
  index(path: string): FileIndex | undefined {
    const file = this.file(path);
    if (file === undefined) return undefined;
    const known = this.#indexes.get(path);
    if (known !== undefined && this.#isCurrent(known, file)) return known;
    const made = this.#makeIndex(file);
    this.#indexes.set(path, made);
    return made;
  }

  /** The configuration of a file; undefined for none. */
  configOf(path: string): string | undefined {
    return this.#settings.configOf(path);
  }

  #isCurrent({ file: known, settings, asked }: FileIndex, file: SourceFile): boolean {
    if (known !== file || settings !== this.#settings.of(file.path)) return false;
    return asked.every(({ ask, answer }) => ask() === answer);
  }

  #makeIndex(file: SourceFile): FileIndex {
    const { path, text } = file;
    const tokens = tokensOf(file.source.lexemes);
    const extents = statementsOf(text, tokens);
    const links = this.#linksOf(file);
    const settings = this.#settings.of(path);
    const { includeFolders: folders, mapping } = settings;
    const asked = new Map<string, Asked>();
    const input = compileInput(
      { file: path, text, read: (one) => this.file(one)?.text },
      { ...settings, folders },
      { mapping },
    );
    const resolveInclude = this.#remember(input.resolveInclude, asked);
    const analysis = analyzeInterface({ ...input, resolveInclude }, this.#parsed);
    const parts = { file: path, text, tokens, extents, syntax: analysis.syntax };
    return { file, tokens, extents, links, asked: [...asked.values()], analysis, settings, ...declarationsOf(parts) };
  }

  /** Records the question, so that a different answer later shows that the analysis is outdated. */
  #remember(resolve: IncludeResolver, asked: Map<string, Asked>): IncludeResolver {
    const note = (key: string, ask: Asked["ask"]): void => {
      if (!asked.has(key)) asked.set(key, { ask, answer: ask() });
    };
    const resolveInclude = (request: IncludeRequest): FoundFile | undefined => {
      const found = resolve(request);
      note(JSON.stringify(request), () => {
        const now = resolve(request);
        return now === undefined ? undefined : this.file(now.file);
      });
      return found;
    };
    const beside = (path: string): readonly string[] => {
      note(path, () => resolve.beside?.(path).join("\n"));
      return resolve.beside?.(path) ?? [];
    };
    return Object.assign(resolveInclude, { beside });
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
    const links = linksOf(file, settings.includeFolders);
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

  /** A file and all files that it depends on, nearest first. */
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
    return [...new Set([...this.#open.keys(), ...interfacesBelow(this.folders, { most: MAX_ENTRIES })])];
  }

  /** Every known interface file: open ones, those they depend on, and those in the editor's folders. */
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
