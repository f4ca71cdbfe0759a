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
 * @param wanted folders, files, or how their paths begin, as sources; all of them if empty.
 * @param all with long tests, too. Folders that are named have theirs unless `long` is false, and a file that is named is always run.
 */
export function testFiles(wanted, { all = false, long = wanted.length > 0 || all } = {}) {
  const found = [];
  for (const [source, output] of outputs) {
    for (const file of testsUnder(join(root, source))) {
      const path = relative(root, file);
      if (wanted.length > 0 && !wanted.some((each) => isMeant(path, relative(root, resolve(root, each))))) continue;
      if (!long && path.endsWith(longEnding) && !wanted.includes(path)) continue;
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

/** A file or folder by its path, or else all files whose paths begin so. */
function isMeant(path, wanted) {
  return isWithin(path, wanted) || (!existsSync(join(root, wanted)) && path.startsWith(wanted));
}

/** Sources of tests whose names have the last word of `wanted` in them; at most five. */
export function nearFiles(wanted) {
  const word = wanted.split(/[/\\]/).at(-1).split(".")[0];
  if (word === "") return [];
  return testFiles([], { all: true })
    .map((file) => sourceOf(join(root, file)))
    .filter((file) => file.split(sep).at(-1).includes(word) || file.split(sep).includes(word))
    .slice(0, 5);
}

function isWithin(path, folder) {
  return folder === "" || path === folder || path.startsWith(folder + sep);
}
