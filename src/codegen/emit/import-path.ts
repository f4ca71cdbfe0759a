// The path by which one TypeScript file imports another.
import type { ImportExtension } from "../config.js";

/** The import path of `add.gen.ts`: with the extension of the compiled file, with its own, or with none. */
export function importedAs(file: string, extension: ImportExtension = "js"): string {
  if (extension === "ts") return file;
  if (extension === "none") return file.replace(/\.[cm]?[jt]s$/, "");
  return file.replace(/\.([cm]?)ts$/, ".$1js");
}
