// Finds the files that an interface includes or imports: one search path for every tool.
import { readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import type { FoundFile, IncludeRequest, IncludeResolver } from "../idl/index.js";
import { isInterfaceName, namesOf } from "../idl/names/file-names.js";
import { readIfFile } from "./read-file.js";

/** Reads a file, if it exists: from disk, or from a revision. */
export type ReadFile = (path: string) => string | Uint8Array | undefined;

export interface ResolverOptions {
  /** Folders to search, after that of the including file. */
  readonly folders?: readonly string[];
  readonly read?: ReadFile;
  /** The prefix of all file names, before their path: `main:` for a revision. */
  readonly prefix?: string;
}

/**
 * Searches the folder of the including file, then the other folders.
 * @param main the path of the compiled file, which keeps its name if another file includes it.
 */
export function resolverFor(
  main: string,
  { folders = [], read = readIfFile, prefix = "" }: ResolverOptions = {},
): IncludeResolver {
  const resolve = ({ from, ...request }: IncludeRequest): FoundFile | undefined => {
    for (const path of includePlaces({ ...request, from: from.slice(prefix.length) }, folders)) {
      const text = read(path);
      if (text !== undefined) return { file: prefix + (normalize(path) === normalize(main) ? main : path), text };
    }
    return undefined;
  };
  return prefix === "" ? Object.assign(resolve, { beside: interfacesBeside }) : resolve;
}

/**
 * The possible paths of an included file, the most likely first. A text without a file (`untitled:1` in an editor) has
 * no folder: the given folders are searched, and the working folder.
 */
export function includePlaces(request: IncludeRequest, folders: readonly string[]): string[] {
  const names = request.isImport ? namesOf(request.name) : [request.name];
  return names.flatMap((name) => placesOfName({ ...request, name }, folders));
}

function placesOfName({ name, angled, from, isImport = false }: IncludeRequest, folders: readonly string[]): string[] {
  if (isAbsolute(name)) return [name];
  const beside = isPath(from) ? [dirname(from)] : [];
  const places = [...(angled ? [] : beside), ...folders].map((folder) => join(folder, name));
  if (!isImport) return places;
  // C headers are often included by their installed path, and other compilers' imports by a path from the project's
  // root.
  const around = beside.flatMap((folder) => [
    join(folder, name),
    ...(name.includes("/") ? placesAbove(folder, name) : []),
    join(folder, basename(name)),
  ]);
  return [...places, ...around, name];
}

/** Whether a name is a path and not a URI. A drive letter is not a scheme. */
function isPath(name: string): boolean {
  return isAbsolute(name) || !/^[a-z][a-z\d+.-]+:/i.test(name);
}

/** Folders above a file in which the root of its project may be. */
const MAX_ABOVE = 8;

function placesAbove(folder: string, name: string): string[] {
  const above = Array.from({ length: MAX_ABOVE }, (_, index) => join(folder, "../".repeat(index + 1)));
  return above.flatMap((one) => [join(one, name), join(one, "include", name)]);
}

/** The other interfaces in a file's folder; empty if it cannot be listed. */
export function interfacesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path))
      .filter((name) => isInterfaceName(name) && name !== basename(path))
      .sort();
  } catch {
    return [];
  }
}
