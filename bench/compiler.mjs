// What a large interface costs: the compiler's CPU time for 10,000 lines, and the type checker's for what is generated.
// node bench/compiler.mjs [--check] [--lines N] [--dist DIR]
//   --check   ends with 1 when a figure is over its limit
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    lines: { type: "string", default: "10000" },
    dist: { type: "string", default: join(root, "dist") },
  },
});
const load = (path) => import(pathToFileURL(join(resolve(values.dist), path)).href);
const { compileInterface } = await load("idl/index.js");
const { generate } = await load("codegen/index.js");

/** Milliseconds. */
const limits = { compile: 1000, check: 3000 };

const interfaces = { mixed: mixed(Number(values.lines)), "450 arms": union(450) };
let over = 0;
for (const [name, text] of Object.entries(interfaces)) {
  const { generated, compile } = compiled(text);
  const check = checked(generated);
  const lines = (all) => all.split("\n").length;
  console.log(
    `${name}: ${lines(text)} lines, ${lines(generated)} generated; compiled in ${compile} ms of CPU, checked in ${check} ms`,
  );
  if (compile > limits.compile || check > limits.check) over++;
}
process.exitCode = values.check && over > 0 ? 1 : 0;

/** The first run of a process, as a command has it. */
function compiled(text) {
  const start = process.cpuUsage();
  const { module, diagnostics } = compileInterface({ file: "large.x", text });
  if (module === undefined) throw new Error(JSON.stringify(diagnostics.slice(0, 3)));
  const generated = generate(module);
  const { user, system } = process.cpuUsage(start);
  return { generated, compile: Math.round((user + system) / 1000) };
}

function checked(generated) {
  const folder = mkdtempSync(join(root, ".compiler-"));
  try {
    writeFileSync(join(folder, "large.gen.ts"), generated);
    const options = {
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: compilerOptions(),
      include: ["*.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
    const start = performance.now();
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    if (status !== 0) throw new Error(stdout.slice(0, 2000));
    return Math.round(performance.now() - start);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compilerOptions() {
  const declarations = join(resolve(values.dist), "codegen", "v1.d.ts");
  return { composite: false, noEmit: true, paths: { "lupine/codegen/v1": [declarations] } };
}

/** Constants, enums, structs, unions, typedefs and programs in turn, each using those before it. */
function mixed(lines) {
  const parts = [];
  for (let i = 0, length = 0; length < lines; i++) {
    const part = group(i);
    parts.push(part);
    length += part.split("\n").length - 1;
  }
  return parts.join("");
}

function group(i) {
  const before = i === 0 ? "int" : `record_${i - 1}`;
  return `
/* Group ${i}. */
const LIMIT_${i} = ${8 + (i % 100)};
enum kind_${i} {
  KIND_${i}_A = 0,
  KIND_${i}_B = 1,
  KIND_${i}_C = 2
};
typedef opaque handle_${i}<LIMIT_${i}>;
typedef unsigned hyper size_${i};
struct record_${i} {
  int id;
  size_${i} size;
  handle_${i} handle;
  string name<LIMIT_${i}>;
  kind_${i} kind;
  ${before} before<4>;
};
struct entry_${i} {
  record_${i} record;
  entry_${i} *next;
};
union result_${i} switch (kind_${i} kind) {
case KIND_${i}_A:
  record_${i} record;
case KIND_${i}_B:
  entry_${i} *entries;
default:
  void;
};
program PROG_${i} {
  version VERS_${i} {
    result_${i} GET_${i}(handle_${i}) = 1;
    void PUT_${i}(record_${i}) = 2;
  } = 1;
} = ${0x20000000 + i};
`;
}

function union(arms) {
  const numbers = [...Array(arms).keys()];
  const members = numbers.map((i) => `  OPERATION_${i} = ${i}`).join(",\n");
  const structs = numbers.map((i) => `struct args_${i} { int first; hyper second; string third<>; };`).join("\n");
  const cases = numbers.map((i) => `case OPERATION_${i}:\n  args_${i} operation_${i};`).join("\n");
  return `enum operation {\n${members}\n};\n${structs}\nunion request switch (operation op) {\n${cases}\n};\n`;
}
