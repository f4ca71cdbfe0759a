// Which compiled test files a run has, and which source each was compiled from.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { root } from "../setup.mjs";

/** Where sources are compiled to: the folder of the sources, and the folder of the output. */
const outputs = [
  ["src", "dist"],
  ["test", join("build", "test")],
  ["examples", join("build", "examples")],
  ["bench", join("build", "bench")],
];

/** The ending of tests that take long even on a quiet machine; the default run leaves them out. */
const longEnding = ".long.test.ts";

/**
 * Compiled files, relative to the project.
 * @param wanted folders and files, as sources; all of them if empty.
 * @param all with long tests, too. Paths that are named have theirs in any case.
 */
export function testFiles(wanted, { all }) {
  const found = [];
  for (const [source, output] of outputs) {
    for (const file of testsUnder(join(root, source))) {
      const path = relative(root, file);
      if (wanted.length > 0 && !wanted.some((each) => isWithin(path, relative(root, resolve(root, each))))) continue;
      if (wanted.length === 0 && !all && path.endsWith(longEnding)) continue;
      found.push(join(output, relative(join(root, source), file)).replace(/\.ts$/, ".js"));
    }
  }
  return found.sort();
}

/** The source of a compiled file: `src/xdr/reader.test.ts` of `/.../dist/xdr/reader.test.js`. */
export function sourceOf(compiled) {
  const path = relative(root, compiled);
  for (const [source, output] of outputs) {
    if (isWithin(path, output)) return join(source, relative(output, path)).replace(/\.js$/, ".ts");
  }
  return path;
}

// Only what still has a source: the compiler leaves the output of deleted files behind.
function testsUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules") return [];
    if (statSync(path).isDirectory()) return testsUnder(path);
    return name.endsWith(".test.ts") ? [path] : [];
  });
}

function isWithin(path, folder) {
  return folder === "" || path === folder || path.startsWith(folder + sep);
}
