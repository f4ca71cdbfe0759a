// A type of which there may be any number of values within each other, although no array announces how many.
import { optional, recursive } from "./composite.js";
import { opaque } from "./opaque.js";
import { struct } from "./structured.js";
import type { XdrType } from "./type.js";

export interface Tree {
  readonly data: Uint8Array;
  readonly left: Tree | null;
  readonly right: Tree | null;
}

export const tree: XdrType<Tree> = recursive("tree", () =>
  struct<Tree>("tree", { data: opaque(100), left: optional(tree), right: optional(tree) }),
);
