// How one file of TypeScript names another where it imports it.
import type { ImportExtension } from "../config.js";

/** `add.gen.ts` as it is imported: with the extension of what it is compiled to, with its own, or with none. */
export function importedAs(file: string, extension: ImportExtension = "js"): string {
  if (extension === "ts") return file;
  if (extension === "none") return file.replace(/\.[cm]?[jt]s$/, "");
  return file.replace(/\.([cm]?)ts$/, ".$1js");
}
