// The files that a file builds on: `#include` as C has it, and `%#include "x.h"`, which stands for the sibling `x.x`.
import { dirname, isAbsolute, join } from "node:path";

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
    if (passed !== undefined && !/\.[hx]$/.test(name)) continue;
    const sought = passed === undefined ? name : name.replace(/\.h$/, ".x");
    const end = match.index + whole.length - 1;
    const candidates = includePlaces({ name: sought, angled: quoted === undefined, from: path }, folders);
    links.push({ name, start: end - name.length, end, candidates });
  }
  return links;
}

export interface Sought {
  readonly name: string;
  /** `<name>` is not looked for beside the file that asks. */
  readonly angled: boolean;
  /** The path of the file that asks. */
  readonly from: string;
}

/** Paths where an included file may be. */
export function includePlaces({ name, angled, from }: Sought, folders: readonly string[]): string[] {
  if (isAbsolute(name)) return [name];
  const own = angled || !isAbsolute(from) ? [] : [dirname(from)];
  return [...own, ...folders].map((folder) => join(folder, name));
}
