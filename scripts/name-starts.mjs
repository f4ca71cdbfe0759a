// Makes files of dist/ that are loaded late name what their programs have loaded already, for bundlers (decision 22). A bundler
// that splits makes one file of all modules that the same entry points and late files import. Without these names a client's start
// is 25 files, and 500 bytes (gzip) longer, for the imports between them.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** What programs load at the start: a file with all that it imports. `folder` has what only such programs use. */
const starts = [
  { file: "dist/create-client.js", folder: "dist/client/" },
  { file: "dist/server/server.js", folder: "dist/server/" },
];

/** Where the added imports begin. */
const mark =
  "\n// Added by scripts/name-starts.mjs, for bundlers: what every program that loads this file has loaded already.\n";

/**
 * `inputs`: of esbuild's metafile, for all of dist/. A late file that imports a part of what clients and servers have in common
 * gets imports of all of that. One that imports a part of the client's room, or of the server's, gets imports of that whole start,
 * too. The imported names are not used, so bundlers drop the imports. Entry points, and what is below RPC, stay as they are:
 * programs without RPC use them.
 */
export function nameStarts(root, inputs, entryPoints) {
  const closures = starts.map(({ file }) => reachedFrom(inputs, [file]));
  const groups = groupsOf(closures);
  const files = starts.map(({ file }) => file);
  const inPrograms = reachedFrom(inputs, files, ["import-statement", "dynamic-import"]);
  const isApart = (path) =>
    !inPrograms.has(path) ||
    /^dist\/(base|machine|xdr)\//.test(path) ||
    entryPoints.includes(path) ||
    closures.some((start) => start.has(path));
  for (const path of lateFiles(inputs))
    addImports(join(root, path), isApart(path) ? [] : namesFor(path, groups, inputs));
}

/** The text of a compiled file, without what was added. */
export function withoutStarts(text) {
  return text.split(mark, 1)[0];
}

/** The files of dist/ that a file's `imports` (of esbuild's metafile) name. `wanted`: `import-statement` or `dynamic-import`. */
export function importedBy(imports, wanted) {
  return imports.filter(({ kind, external }) => kind === wanted && !external).map(({ path }) => path);
}

function addImports(path, names) {
  const lines = names.map(
    (name, at) => `import * as start${at} from "${name.startsWith(".") ? name : `./${name}`}";\n`,
  );
  const text = readFileSync(path, "utf8");
  const wanted = withoutStarts(text) + (lines.length > 0 ? mark + lines.join("") : "");
  if (wanted !== text) writeFileSync(path, wanted);
}

function namesFor(path, groups, inputs) {
  const reached = [...reachedFrom(inputs, [path])];
  const used = groups.filter(({ folder, files }) => reached.some((one) => one.startsWith(folder) && files.has(one)));
  return used.flatMap(({ files }) => headsOf([...files], inputs)).map((file) => relative(dirname(path), file));
}

/** What all starts have in common, and the rest of each. */
function groupsOf(closures) {
  const isShared = (path) => closures.every((files) => files.has(path));
  const shared = new Set([...closures[0]].filter(isShared));
  const rest = closures.map((files) => new Set([...files].filter((path) => !isShared(path))));
  return [{ folder: "dist/", files: shared }, ...starts.map(({ folder }, at) => ({ folder, files: rest[at] }))];
}

function lateFiles(inputs) {
  return new Set(Object.values(inputs).flatMap(({ imports }) => importedBy(imports, "dynamic-import")));
}

/** The files that no other of them imports: importing these imports all. */
function headsOf(files, inputs) {
  const imported = new Set(files.flatMap((path) => importedBy(inputs[path].imports, "import-statement")));
  return files.filter((path) => !imported.has(path));
}

/** The files and all that they import, in one of these ways. */
export function reachedFrom(inputs, files, kinds = ["import-statement"]) {
  const found = new Set(files);
  for (const path of found) {
    const imports = inputs[path]?.imports ?? [];
    for (const next of kinds.flatMap((kind) => importedBy(imports, kind))) found.add(next);
  }
  return found;
}
