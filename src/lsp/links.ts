// The files that a file builds on: `#include` as C has it, and `%#include "x.h"`, which stands for the sibling `x.x`.
import { includePlaces } from "../project/search-path.js";

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
