// Where the files are that an interface includes or imports.
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import { namesOf } from "../idl/file-names.js";
import type { FoundFile, IncludeRequest, IncludeResolver } from "../idl/index.js";
import { interfacesBeside } from "../lsp/links.js";
import { readIfFile } from "./input.js";

/** Reads a file where there is one: on disk, or as a revision has it. */
export type ReadFile = (path: string) => Uint8Array | undefined;

export interface ResolverOptions {
  /** Folders to look in, after the one of the file that asks. */
  readonly folders?: readonly string[];
  readonly read?: ReadFile;
  /** What the names of all files begin with, before their path: `main:` of a revision. */
  readonly prefix?: string;
}

/**
 * Looks beside the file that asks, then in the folders.
 * @param main the path of the file that is compiled: it keeps its name where another one asks for it.
 */
export function resolverFor(
  main: string,
  { folders = [], read = readIfFile, prefix = "" }: ResolverOptions = {},
): IncludeResolver {
  const resolve = ({ from, ...request }: IncludeRequest): FoundFile | undefined => {
    for (const path of placesOf({ ...request, from: from.slice(prefix.length) }, folders)) {
      const text = read(path);
      if (text !== undefined) return { file: prefix + (normalize(path) === normalize(main) ? main : path), text };
    }
    return undefined;
  };
  return prefix === "" ? Object.assign(resolve, { beside: interfacesBeside }) : resolve;
}

function placesOf(request: IncludeRequest, folders: readonly string[]): string[] {
  const names = request.isImport ? namesOf(request.name) : [request.name];
  return names.flatMap((name) => placesOfName({ ...request, name }, folders));
}

function placesOfName({ name, angled, from, isImport = false }: IncludeRequest, folders: readonly string[]): string[] {
  if (isAbsolute(name)) return [name];
  const beside = dirname(from);
  const places = [...(angled ? [] : [beside]), ...folders].map((folder) => join(folder, name));
  if (!isImport) return places;
  // C's headers are often asked for by the place they are installed to, other compilers' imports from the project's root.
  const above = name.includes("/")
    ? foldersAbove(beside).flatMap((folder) => [join(folder, name), join(folder, "include", name)])
    : [];
  return [...places, join(beside, name), ...above, join(beside, basename(name)), name];
}

/** Folders around a file in which the root of its project may be. */
const MAX_ABOVE = 8;

function foldersAbove(folder: string): string[] {
  return Array.from({ length: MAX_ABOVE }, (_, index) => join(folder, "../".repeat(index + 1)));
}
