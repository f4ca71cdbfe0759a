// Has the code in bundle/ load its files by src/base/late-import.ts in place of `import()`: an `import()` that failed because no
// file descriptor was free fails until the process ends.
import { dirname, join, relative } from "node:path";

const name = "$lateImport";

/**
 * Bundlers must not follow this import (src/module-endpoints.ts), but here its files are there anyway. In files for Node, the name
 * of a package would be loaded by `import()`.
 */
const doorOfProcesses = ["import(door)", 'import("./processes/index.js")'];

/** For esbuild to read: the text of a file of `dist`, with `lateImport(() => import("./a.js"))` for `import("./a.js")`. */
export function withLateImports(text, path, dist) {
  // The command loads its parts when it starts.
  if (path.startsWith(join(dist, "cli", "/"))) return text;
  const changed = text
    .replace(...doorOfProcesses)
    .replaceAll(/\bimport\("(\.|@nats-io\/)[^"]*"\)/g, (loading) => `${name}(() => ${loading})`);
  if (changed === text) return text;
  const module = join(dist, "base", "late-import.js");
  return path === module ? text : `${changed}\nimport { lateImport as ${name} } from ${JSON.stringify(module)};\n`;
}

/**
 * In a file that esbuild has made: `lateImport("./A.js", () => import("../chunks/A.js"))`. The first path is that from the folder
 * `chunks`, which has that function.
 */
export function withLatePaths(text, path, chunks) {
  return text.replaceAll(/\b(lateImport\d*)\(\(\) => import\("([^"]+)"\)\)/g, (_, called, target) => {
    const file = relative(chunks, join(dirname(path), target)).replaceAll("\\", "/");
    const isFile = target.startsWith(".");
    const wanted = isFile && !file.startsWith(".") ? `./${file}` : file;
    return `${called}(${JSON.stringify(isFile ? wanted : target)}, () => import("${target}"))`;
  });
}
