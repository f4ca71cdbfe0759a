// The files that a file builds on: `#include` as C has it, and `%#include "x.h"`, which stands for the sibling `x.x`.

import { readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { isInterfaceName, namesOf } from "../idl/file-names.js";
import type { IncludeRequest } from "../idl/index.js";

export interface Link {
  /** As written. */
  readonly name: string;
  /** Of the name, without its quotes. */
  readonly start: number;
  readonly end: number;
  /** Paths where the file may be, the likeliest first. */
  readonly candidates: readonly string[];
}

const INCLUDE = /^[ \t]*(%[ \t]*)?#[ \t]*include[ \t]*(?:"([^"\r\n]+)"|<([^>\r\n]+)>)/gm;

/** @param folders where to look besides the folder of the file itself. */
export function linksOf(path: string, text: string, folders: readonly string[]): Link[] {
  const links: Link[] = [];
  for (const match of text.matchAll(INCLUDE)) {
    const [whole, passed, quoted, angled] = match;
    const name = quoted ?? angled ?? "";
    const isImport = passed !== undefined;
    if (isImport && !/\.[hx]$/.test(name)) continue;
    const end = match.index + whole.length - 1;
    const request = {
      name: isImport ? name.replace(/\.h$/, ".x") : name,
      angled: quoted === undefined,
      from: path,
      isImport,
    };
    links.push({ name, start: end - name.length, end, candidates: includePlaces(request, folders) });
  }
  return links;
}

/** Paths where a file that is asked for may be. */
export function includePlaces(request: IncludeRequest, folders: readonly string[]): string[] {
  const names = request.isImport ? namesOf(request.name) : [request.name];
  return names.flatMap((name) => placesOfName({ ...request, name }, folders));
}

function placesOfName({ name, angled, from, isImport = false }: IncludeRequest, folders: readonly string[]): string[] {
  if (isAbsolute(name)) return [name];
  const beside = isAbsolute(from) ? [dirname(from)] : [];
  const places = [...(angled ? [] : beside), ...folders].map((folder) => join(folder, name));
  // C's headers are often asked for by the place they are installed to.
  if (isImport) places.push(...beside.flatMap((folder) => [join(folder, name), join(folder, basename(name))]));
  return places;
}

/** The other interfaces in a file's folder; none where it cannot be listed. */
export function interfacesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path))
      .filter((name) => isInterfaceName(name) && name !== basename(path))
      .sort();
  } catch {
    return [];
  }
}
