// Groups of test files that run in one process, one after another. To start a process and load its modules takes longer
// than the tests of most files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { root } from "../setup.mjs";

/** Files of one group. Larger groups gain little, and the last group of a run has one core to itself. */
const groupSize = 16;

/** Where the groups of the default run are written. */
const place = join(root, "build", "test-groups");

/** What concerns a whole process, or all tests in it: hooks outside a suite (`after` runs at the end of either), mocks, signals, memory, threads, namespaces. */
const aloneWords =
  /^(before|beforeEach|afterEach)\(|\bmock\b|\bglobalThis\b|\bgc\b|\benterNamespace\(|node:(v8|vm|cluster|worker_threads)|\bprocess\.(?=[a-z])(?!execPath|platform|arch|argv|version|p?pid\b|gete?uid|cwd\(|nextTick|std(in|out|err)|kill\((?!process\.)|env(\.|\[")LUPINE_)/m;

/** Compiled files, relative to the project: those that need a process of their own, then groups of the others. */
export function inGroups(files, folder = place) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const isAlone = (file) => aloneWords.test(readFileSync(join(root, file), "utf8"));
  const shared = files.filter((file) => !isAlone(file));
  const groups = [];
  // Neighbours in the sorted list are of one folder, and share most of their modules.
  for (let at = 0; at < shared.length; at += groupSize)
    groups.push(writeGroup(folder, at, shared.slice(at, at + groupSize)));
  return [...files.filter(isAlone), ...groups];
}

/** How the names of groups end. */
const ending = ".group.test.mjs";

function writeGroup(folder, at, members) {
  const path = join(folder, `${at}${ending}`);
  const lines = members.map((member) => `import ${JSON.stringify(relative(folder, join(root, member)))};\n`);
  writeFileSync(path, lines.join("").replaceAll(sep, "/"));
  return relative(root, path);
}

/** The test files of a group, as absolute paths; of any other file, the file itself. */
export function membersOf(file) {
  if (!file.endsWith(ending)) return [file];
  const imports = readFileSync(file, "utf8").matchAll(/^import (.*);$/gm);
  return [...imports].map(([, path]) => resolve(dirname(file), JSON.parse(path)));
}
