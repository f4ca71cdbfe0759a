// The files that a file depends on: `#include` as in C, and `%#include "x.h"`, which means the file `x.x` in the same
// folder.
import { includePlaces } from "../project/search-path.js";

export interface Link {
  /** The name as written. */
  readonly name: string;
  /** The offset of the name, without its quotes. */
  readonly start: number;
  readonly end: number;
  /** The possible paths of the file, the most likely first. */
  readonly candidates: readonly string[];
}

const INCLUDE = /^[ \t]*(%[ \t]*)?#[ \t]*include[ \t]*(?:"([^"\r\n]+)"|<([^>\r\n]+)>)/gm;

/** @param folders searched in addition to the folder of the file itself. */
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
