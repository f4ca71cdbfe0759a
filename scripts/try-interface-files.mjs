// Compiles every interface file in folders and says what came of each: for files of others, which are not kept here.
// node scripts/try-interface-files.mjs [-I FOLDER] [-D NAME=VALUE] [--import FILE.x] [--types] [-q] [FOLDER|FILE.x ...]
//   --types   also type-checks what is generated, with what it imports
//   -q        tells of the files that fail alone
// Without a folder: the interface files that the system has. Needs a build (npm run build).
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { externs, generate } from "lupine/codegen";
import { compileInterface, formatDiagnostics } from "lupine/idl";
import { isBinary } from "../dist/idl/preprocess/encoding.js";
import { resolverFor } from "../dist/project/search-path.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const list = { type: "string", multiple: true, default: [] };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    include: { ...list, short: "I" },
    define: { ...list, short: "D" },
    import: list,
    types: { type: "boolean" },
    quiet: { type: "boolean", short: "q" },
  },
});
const system = ["/usr/include/rpcsvc", "/usr/include/tirpc"];
const folders = positionals.length > 0 ? positionals : system.filter((folder) => existsSync(folder));
const include = [...values.include, ...(positionals.length > 0 ? [] : ["/usr/include"])];
const symbols = Object.fromEntries(
  values.define.map((text) => [text.split("=")[0], text.split("=").slice(1).join("=") || "1"]),
);

const out = values.types ? newFolder() : undefined;
const files = folders
  .flatMap(interfacesIn)
  .filter(isText)
  .map((file) => resolve(file));
const todo = [...files];
const tried = new Set();
let failed = 0;
let open = 0;
for (const file of todo) {
  if (tried.has(file)) continue;
  tried.add(file);
  tryFile(file);
}
const left = open === 0 ? "" : `, ${open} of these leave types to C`;
console.log(`${tried.size} files: ${tried.size - failed} compile${left}, ${failed} do not`);
if (out !== undefined) checkTypes(out);
if (failed > 0) process.exitCode = 1;

function newFolder() {
  mkdirSync(join(root, "build"), { recursive: true });
  return mkdtempSync(join(root, "build", "interfaces-"));
}

function tryFile(file) {
  const { module, diagnostics, sources } = compileInterface({
    file,
    text: readFileSync(file),
    symbols,
    imports: values.import,
    resolveInclude: resolverFor(file, { folders: include }),
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || !values.quiet) console.log(`${errors.length === 0 ? "ok    " : "failed"} ${file}`);
  if (module === undefined) {
    failed++;
    console.log(formatDiagnostics(errors.slice(0, 3), sources).replace(/^/gm, "    "));
    return;
  }
  const imported = (module.imports ?? []).filter(({ extern }) => extern === undefined);
  todo.push(...imported.map((one) => one.file));
  const text = generate(module, { importPath: (to) => importPath(file, to) });
  const unwritten = externs(module);
  if (unwritten !== undefined) open++;
  if (out === undefined) return;
  write(placeOf(file, "gen.ts"), text);
  if (unwritten !== undefined) write(placeOf(file, "externs.ts"), unwritten);
}

function interfacesIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, name))
    .filter((file) => file.endsWith(".x") && statSync(file).isFile())
    .sort();
}

/** Tells of what is none: a program that is called like an interface. */
function isText(file) {
  if (!isBinary(readFileSync(file))) return true;
  console.log(`skipped ${file}: it is a binary file`);
  return false;
}

/** Where what is generated from a file stands, as the files stand to each other. */
function placeOf(file, extension) {
  return join(out ?? "/", file.replaceAll(/[^\w./-]/g, "_").replace(/\.x$/, `.${extension}`));
}

function importPath(from, to) {
  const path = relative(dirname(placeOf(from, "gen.ts")), placeOf(to, "gen.js"));
  return path.startsWith(".") ? path : `./${path}`;
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function checkTypes(folder) {
  const options = { noEmit: true, composite: false, declaration: false };
  const config = { extends: "../../tsconfig.base.json", compilerOptions: options, include: ["**/*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", folder], { stdio: "inherit" });
  console.log(status === 0 ? "what is generated type-checks" : "what is generated does not type-check");
  if (status !== 0) process.exitCode = 1;
  rmSync(folder, { recursive: true });
}
