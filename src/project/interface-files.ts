// The interface files that are named as arguments or contained in folders.
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { isInterfaceName } from "../idl/names/file-names.js";
import { ProjectError, whyNot } from "./problem.js";
import { isBinaryFile, isFolder, statOf } from "./read-file.js";

const SKIPPED = new Set(["node_modules", "dist", "build"]);

/** The files that arguments name; for a folder, all interfaces in it and below. @throws ProjectError */
export function interfaceFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => (path !== "-" && isFolder(path) ? filesBelow(path) : [path]));
  return [...new Set(files)];
}

/** @throws ProjectError for a folder without any. */
function filesBelow(folder: string): string[] {
  const found = interfacesBelow([folder], { onUnreadable: refuse });
  if (found.length > 0) return found.sort();
  throw new ProjectError("CANNOT_READ", `there is no .x, .rpcl or .xdr file in ${folder} or below it`, {
    file: folder,
  });
}

function refuse(folder: string, error: unknown): never {
  throw new ProjectError("CANNOT_READ", `cannot list ${folder}: ${whyNot(error)}`, { file: folder }, { cause: error });
}

export interface BelowOptions {
  /** The most folder entries that are examined. Default: all. */
  readonly most?: number;
  /** Called for a folder that cannot be listed. Default: it is skipped. */
  readonly onUnreadable?: (folder: string, error: unknown) => void;
}

/** The interfaces in folders and below, nearest first, without hidden folders and those of packages and builds. */
export function interfacesBelow(
  folders: readonly string[],
  { most = Number.POSITIVE_INFINITY, onUnreadable = () => {} }: BelowOptions = {},
): string[] {
  const found: string[] = [];
  const todo = [...folders];
  let looked = 0;
  for (const folder of todo) {
    for (const entry of entriesOf(folder, onUnreadable)) {
      if (++looked > most) return found;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".") && !SKIPPED.has(entry.name)) todo.push(path);
      else if (isInterfaceName(entry.name) && isRegular(entry, path) && isInterfaceText(path)) found.push(path);
    }
  }
  return found;
}

function entriesOf(folder: string, onUnreadable: (folder: string, error: unknown) => void): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    onUnreadable(folder, error);
    return [];
  }
}

/** Links to files are followed; pipes and devices are skipped. */
function isRegular(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statOf(path)?.isFile() === true);
}

/** XDR data files are named .xdr, too, so a binary one is not an interface. A .x file is always meant to be one. */
function isInterfaceText(path: string): boolean {
  return path.endsWith(".x") || !isBinaryFile(path);
}
