// The files and interfaces that one run of a tool reads and compiles: each file is read once, each interface is
// compiled once.
import { normalize } from "node:path";
import type { CompileResult } from "../idl/index.js";
import { type CompileOptions, compileBytes } from "./load.js";
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
  readonly #readSource: (path: string) => Uint8Array;
  readonly #readIncluded: (path: string) => Uint8Array | undefined;

  /** @param readers of files: from disk by default. */
  constructor({ source = readInterfaceBytes, included = readIfFile }: Readers = {}) {
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
      compilation = { ...compileBytes({ file, bytes, read }, search, options), bytes, asked };
      this.#compiled.set(key, compilation);
      this.#byFile.set(file, [...(this.#byFile.get(file) ?? []), compilation]);
    }
    return compilation;
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

/** How files are read. */
export interface Readers {
  readonly source?: (path: string) => Uint8Array;
  readonly included?: (path: string) => Uint8Array | undefined;
}
