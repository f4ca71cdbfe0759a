// The files and interfaces that one run of a tool reads and compiles: each file is read and parsed once, each interface is
// compiled once.
import { normalize } from "node:path";
import type { CompileResult } from "../idl/index.js";
import { ParsedFiles } from "../idl/syntax/parsed-files.js";
import { type CompileOptions, compileBytes, type InterfaceBytes } from "./load.js";
import type { Search } from "./project.js";
import { readIfFile, readInterfaceBytes, refuseBinary } from "./read-file.js";

/**
 * A compiled interface, its own bytes, and the paths that were requested while it was compiled, whether or not the
 * files exist.
 */
export interface Compilation extends CompileResult {
  readonly bytes: Uint8Array;
  readonly asked: ReadonlySet<string>;
}

/**
 * Files and interfaces as they were at their first use: for one run, not for a tool that keeps running while files
 * change.
 */
export class Compilations {
  readonly #contents = new Map<string, Uint8Array | undefined>();
  readonly #compiled = new Map<string, Compilation>();
  readonly #byFile = new Map<string, readonly Compilation[]>();
  readonly #searches = new Map<Search, number>();
  readonly #parsed: ParsedFiles;
  readonly #readSource: (path: string) => Uint8Array;
  readonly #readIncluded: (path: string) => Uint8Array | undefined;

  /** @param readers of files: from disk by default. */
  constructor({ source = readInterfaceBytes, included = readIfFile, onParse = () => {} }: Readers = {}) {
    this.#parsed = new ParsedFiles({ onParse });
    this.#readSource = source;
    this.#readIncluded = included;
  }

  /** @throws ProjectError when the file cannot be read. Errors in it are in the result. */
  compile(file: string, search: Search, options: CompileOptions = {}): Compilation {
    const key = JSON.stringify([file, this.#numberOf(search), options.mapping ?? null]);
    let compilation = this.#compiled.get(key);
    if (compilation === undefined) {
      const bytes = this.#bytesOf(file);
      const asked = new Set<string>();
      const read = (path: string): Uint8Array | undefined => {
        asked.add(path);
        return this.#read(path);
      };
      compilation = { ...compileBytes({ file, bytes, read }, search, options, this.#parsed), bytes, asked };
      this.#compiled.set(key, compilation);
      this.#byFile.set(file, [...(this.#byFile.get(file) ?? []), compilation]);
    }
    return compilation;
  }

  /** An interface whose bytes the caller has, from standard input or a revision. Only the files that it needs are shared. */
  compileBytes(input: InterfaceBytes, search: Search, options: CompileOptions = {}): CompileResult {
    return compileBytes({ read: (path) => this.#read(path), ...input }, search, options, this.#parsed);
  }

  /** Must be called after a file was written: it is read again, and interfaces are compiled again. */
  forget(file: string): void {
    this.#contents.delete(normalize(file));
    this.#compiled.clear();
  }

  /** The paths that were requested while `file` was compiled; empty if it was not compiled. */
  askedFor(file: string): Set<string> {
    const compilations = this.#byFile.get(file) ?? [];
    return new Set(compilations.flatMap(({ asked }) => [...asked]));
  }

  #bytesOf(file: string): Uint8Array {
    const path = normalize(file);
    const known = this.#contents.get(path);
    if (known === undefined) {
      const bytes = this.#readSource(file);
      this.#contents.set(path, bytes);
      return bytes;
    }
    refuseBinary(file, known);
    return known;
  }

  #read(file: string): Uint8Array | undefined {
    const path = normalize(file);
    if (!this.#contents.has(path)) this.#contents.set(path, this.#readIncluded(file));
    return this.#contents.get(path);
  }

  #numberOf(search: Search): number {
    const number = this.#searches.get(search) ?? this.#searches.size;
    this.#searches.set(search, number);
    return number;
  }
}

/** The functions that read files. */
export interface Readers {
  readonly source?: (path: string) => Uint8Array;
  readonly included?: (path: string) => Uint8Array | undefined;
  /** Called for each file that is parsed. */
  readonly onParse?: (file: string) => void;
}
