// Which types can contain themselves.
import type { Definition } from "./model.js";
export function markRecursive(_definitions: readonly Definition[]): void {}
