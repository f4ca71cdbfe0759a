// The files that a file depends on: `#include` as in C, and `%#include "x.h"`, which means the file `x.x` in the same
// folder.
import { requestAt, withoutHeader } from "../idl/preprocess/requests.js";
import { includePlaces } from "../project/search-path.js";
import type { SourceFile } from "./source-file.js";

export interface Link {
  /** The name as written. */
  readonly name: string;
  /** The offset of the name, without its quotes. */
  readonly start: number;
  readonly end: number;
  /** The possible paths of the file, the most likely first. */
  readonly candidates: readonly string[];
}

/** @param folders searched in addition to the folder of the file itself. */
export function linksOf({ path, source }: SourceFile, folders: readonly string[]): Link[] {
  const { lexemes } = source;
  return lexemes.flatMap((_, index) => {
    const requested = requestAt(lexemes, index);
    if (requested === undefined) return [];
    const { kind, name, angled, offset, length } = requested;
    const asked = kind === "header" ? `${withoutHeader(name)}.x` : name;
    const request = { name: asked, angled, from: path, isImport: kind !== "include" };
    return [{ name, start: offset + 1, end: offset + length - 1, candidates: includePlaces(request, folders) }];
  });
}
