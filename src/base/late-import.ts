// Loads a file of the package when it is used. scripts/bundle.mjs puts `lateImport` in the place of `import()` in bundle/,
// because Node remembers that an `import()` failed until the process ends, even if there was no free file descriptor for a
// moment. `require` remembers no failure, and reads one file after the other, so that one descriptor is enough: the spare one.
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { devNull } from "node:os";
import { fileURLToPath } from "node:url";

const loaded = new Map<string, unknown>();
let spare = openSpare();
/** Undefined before it is known; false if `require` would load a second copy of this package, as in some test runners. */
let load: NodeJS.Require | false | undefined;

/**
 * Loads the file at `path`, which is relative to this file in bundle/, or the package of that name.
 * @returns the namespace of the module, the same as that of `import()`. Rejects with EMFILE or ENFILE if no file descriptor is free,
 * and tries again when it is called again.
 */
export function lateImport(path: string): Promise<unknown> {
  if (loaded.has(path)) return Promise.resolve(loaded.get(path));
  const file = path.startsWith(".") ? new URL(path, import.meta.url) : undefined;
  if (spare !== undefined) closeSync(spare);
  try {
    load ??= requireOf(import.meta.url);
    if (load !== false) {
      loaded.set(path, load(file ? fileURLToPath(file) : path));
      return Promise.resolve(loaded.get(path));
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE") {
      const text = `out of file descriptors: raise the limit (ulimit -n) (${message})`;
      return Promise.reject(Object.assign(new Error(text, { cause: error }), { code }));
    }
    // For example because the program is loading the same files by `import()`.
  } finally {
    spare = openSpare();
  }
  return import(file?.href ?? path);
}

function requireOf(url: string): NodeJS.Require | false {
  // From a folder with this name, because Node 20 warns of modules that are loaded by `require` from others.
  const found = createRequire(new URL("node_modules/", url));
  try {
    return Object.values(found(fileURLToPath(url)) as object).includes(lateImport) && found;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function openSpare(): number | undefined {
  try {
    return openSync(devNull, "r");
  } catch {
    return undefined;
  }
}
