// Loads a file of the package when it is used. scripts/bundle.mjs puts `lateImport` in the place of `import()` in bundle/,
// because Node remembers that an `import()` failed until the process ends, even if there was no free file descriptor for a
// moment. `require` remembers no failure, and reads one file after the other, so that one descriptor is enough: the spare one.
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { devNull } from "node:os";
import { fileURLToPath } from "node:url";
import { isOutOfDescriptors } from "./no-descriptors.js";

const loaded = new Map<string, unknown>();
let spare = openSpare();
/**
 * Undefined before it is known. False if `require` loads no ES modules here, or would load a second copy of this package, as in some test
 * runners.
 */
let requireFile: NodeJS.Require | false | undefined;

/**
 * Loads the file at `path`, which is relative to this file in bundle/, or the package of that name. `load` is the `import()` of the
 * same file: it is used where `require` cannot be, and shows tools that collect the files of a program that this one belongs to it.
 * @returns the namespace of the module, the same as that of `import()`. Rejects with EMFILE or ENFILE if no file descriptor is free,
 * and tries again when it is called again.
 */
export function lateImport(path: string, load: () => Promise<unknown>): Promise<unknown> {
  if (loaded.has(path)) return Promise.resolve(loaded.get(path));
  if (spare !== undefined) closeSync(spare);
  try {
    requireFile ??= requireOf(import.meta.url);
    if (requireFile !== false) {
      const file = path.startsWith(".") ? fileURLToPath(new URL(path, import.meta.url)) : path;
      loaded.set(path, requireFile(file));
      return Promise.resolve(loaded.get(path));
    }
  } catch (error) {
    if (isOutOfDescriptors(error)) {
      const { code, message } = error as NodeJS.ErrnoException;
      const text = `out of file descriptors: raise the limit (ulimit -n) (${message})`;
      return Promise.reject(Object.assign(new Error(text, { cause: error }), { code }));
    }
    // For example because the program is loading the same files by `import()`.
  } finally {
    spare = openSpare();
  }
  return load();
}

function requireOf(url: string): NodeJS.Require | false {
  // From a folder with this name, because Node 20 warns of modules that are loaded by `require` from others.
  const found = createRequire(new URL("node_modules/", url));
  try {
    return Object.values(found(fileURLToPath(url)) as object).includes(lateImport) && found;
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error;
    return false;
  }
}

function openSpare(): number | undefined {
  try {
    return openSync(devNull, "r");
  } catch {
    return undefined;
  }
}
