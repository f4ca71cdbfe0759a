// Compiles every .x of src/, examples/ and bench/, and those of test/ that have a .gen.ts already, with the built compiler.
// node scripts/generate.mjs [--check] [--dist DIR] [FILE.x ...]
//   --check   writes nothing; ends with 1 when a file is not what the compiler makes now
//   --dist    where the built compiler is (default: dist)
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, dist: { type: "string", default: join(root, "dist") } },
});
const load = (path) => import(pathToFileURL(join(resolve(values.dist), path)).href);
const { compileInterface, formatDiagnostics } = await load("idl/index.js");
const { generate } = await load("codegen/index.js");

const files = positionals.length > 0 ? positionals.map((file) => resolve(file)) : committedInterfaces();
let stale = 0;
let failed = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const { module, diagnostics } = compileInterface({ file: relative(root, file), text });
  if (module === undefined) {
    console.error(formatDiagnostics(diagnostics, [{ file: relative(root, file), text }]));
    failed++;
    continue;
  }
  update(file.replace(/\.x$/, ".gen.ts"), generate(module, runtimeOf(file)));
}
const verb = values.check ? "stale" : "written";
console.log(`${files.length} interfaces: ${stale} ${verb}, ${failed} with errors`);
process.exitCode = failed > 0 || (values.check && stale > 0) ? 1 : 0;

function update(target, text) {
  if (existsSync(target) && readFileSync(target, "utf8") === text) return;
  stale++;
  if (values.check) console.error(`${relative(root, target)} is stale: run node scripts/generate.mjs`);
  else {
    writeFileSync(target, text);
    console.log(relative(root, target));
  }
}

/** Our own sources cannot import the package that they are: they import the runtime by its path. */
function runtimeOf(file) {
  const src = join(root, "src");
  if (!file.startsWith(src + sep)) return {};
  const path = relative(dirname(file), join(src, "codegen", "v1.js"))
    .split(sep)
    .join("/");
  return { runtime: path.startsWith(".") ? path : `./${path}` };
}

function committedInterfaces() {
  const found = ["src", "examples", "bench", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
  );
  const isWanted = (file) => !file.startsWith(join(root, "test") + sep) || existsSync(file.replace(/\.x$/, ".gen.ts"));
  return found
    .filter((file) => file.endsWith(".x") && !file.includes(`${sep}node_modules${sep}`) && isWanted(file))
    .sort();
}
