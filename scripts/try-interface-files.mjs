// Compiles every interface file in folders and says what came of each: for files of others, which are not kept here.
// node scripts/try-interface-files.mjs [-I FOLDER] [-D NAME=VALUE] [--import FILE.x] [--types] [FOLDER|FILE.x ...]
//   --types   also type-checks what is generated
// Without a folder: the interface files that the system has.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generate } from "lupine/codegen";
import { compileInterface, formatDiagnostics } from "lupine/idl";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const list = { type: "string", multiple: true, default: [] };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    include: { ...list, short: "I" },
    define: { ...list, short: "D" },
    import: list,
    types: { type: "boolean" },
  },
});
const system = ["/usr/include/rpcsvc", "/usr/include/tirpc"];
const folders = positionals.length > 0 ? positionals : system.filter((folder) => existsSync(folder));
const include = [...values.include, "/usr/include"];
const symbols = Object.fromEntries(
  values.define.map((text) => [text.split("=")[0], text.split("=").slice(1).join("=") || "1"]),
);

const files = folders.flatMap(interfacesIn);
const generated = new Map();
let failed = 0;
for (const file of files) {
  const { module, diagnostics, sources } = compileInterface({
    file,
    text: readFileSync(file),
    symbols,
    imports: values.import,
    resolveInclude: find,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  console.log(`${errors.length === 0 ? "ok    " : "failed"} ${file}`);
  if (errors.length > 0) {
    failed++;
    console.log(formatDiagnostics(errors.slice(0, 3), sources).replace(/^/gm, "    "));
  } else generated.set(`x${file}`.replaceAll(/[^\w.-]/g, "_").replace(/\.x$/, ""), generate(module));
}
console.log(`${files.length} files: ${files.length - failed} compile, ${failed} do not`);
if (values.types) checkTypes();
if (failed > 0) process.exitCode = 1;

function interfacesIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, name))
    .filter((file) => file.endsWith(".x") && statSync(file).isFile())
    .sort();
}

function find({ name, angled, from, isImport }) {
  const beside = dirname(from);
  const places = [...(angled && !isImport ? [] : [beside]), ...include].map((folder) => join(folder, name));
  if (isImport) places.push(join(beside, name.slice(name.lastIndexOf("/") + 1)));
  const found = places.find((path) => existsSync(path));
  return found === undefined ? undefined : { file: found, text: readFileSync(found) };
}

/** Each file by itself: files that import others are checked where those are generated beside them. */
function checkTypes() {
  const folder = mkdtempSync(join(root, "build", "interfaces-"));
  for (const [name, text] of generated) {
    if (!/ from "\.\//.test(text)) writeFileSync(join(folder, `${name}.gen.ts`), text);
  }
  const options = { noEmit: true, composite: false, declaration: false };
  const config = { extends: "../../tsconfig.base.json", compilerOptions: options, include: ["*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", folder], { stdio: "inherit" });
  console.log(status === 0 ? "what is generated type-checks" : "what is generated does not type-check");
  if (status !== 0) process.exitCode = 1;
  rmSync(folder, { recursive: true });
}
