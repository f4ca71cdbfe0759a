// What compiling costs: npm run bench -- compile [--rounds N] [--lines N] [--check] [--dist DIR]
//   --rounds N   runs of each process; a figure is the median (default 5)
//   --lines N    the length of the long file (default 10000)
//   --check      ends with 1 when a figure is over its limit
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { editorFigures } from "./editor.mjs";
import { mixed, union } from "./interfaces.mjs";
import { cpuOf, median } from "./processes.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    lines: { type: "string", default: "10000" },
    dist: { type: "string", default: join(root, "dist") },
  },
});
const rounds = Number(values.rounds);
const dist = resolve(values.dist);

/** Milliseconds: of CPU to compile the long file, and of the clock to check what comes of it. */
const limits = { compile: 1000, check: 3000, hover: 500 };

const hasRpcgen = spawnSync("rpcgen", ["--version"]).error === undefined;
const files = {
  "add.x": readFileSync(join(root, "examples/add/add.x"), "utf8"),
  "1,000 lines": mixed(1000),
  [`${Number(values.lines).toLocaleString("en")} lines`]: mixed(Number(values.lines)),
  "450 arms": union(450),
};

process.stdout.write(`Node ${process.version}, load ${loadavg()[0].toFixed(1)}, medians of ${rounds}; milliseconds.\n`);
process.stdout.write(row(["", "lines", "analyze", "generate", "a 1000", "warm", "lupine", "rpcgen", "tsc"]));
const folder = mkdtempSync(join(root, ".compile-"));
let over = 0;
try {
  for (const [name, text] of Object.entries(files)) measure(name, text);
  // The last file is the union: its generated file is there.
  await measureEditor();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = values.check && over > 0 ? 1 : 0;

function measure(name, text) {
  const file = join(folder, "large.x");
  writeFileSync(file, text);
  const lines = text.split("\n").length - 1;
  const runs = Array.from({ length: rounds }, () => stages(file)).sort((a, b) => total(a.first) - total(b.first));
  const { first } = runs[runs.length >> 1];
  const warm = total(runs[runs.length >> 1].warm);
  const gen = [join(dist, "cli/main.js"), "gen", file];
  const ours = median(rounds, () => cpuOf(process.execPath, gen));
  const theirs = hasRpcgen ? median(rounds, () => rpcgen(file)) : undefined;
  const check = median(Math.min(rounds, 3), checkTypes);
  const each = (time) => time.toFixed(time < 10 ? 1 : 0);
  const perThousand = each((total(first) / lines) * 1000);
  process.stdout.write(
    row([
      name,
      String(lines),
      each(first.analyze),
      each(first.generate),
      perThousand,
      each((warm / lines) * 1000),
      each(ours),
      theirs === undefined ? "-" : `${each(theirs)} (${(theirs / ours).toFixed(2)})`,
      each(check),
    ]),
  );
  if (ours > limits.compile || check > limits.check) over++;
}

async function measureEditor() {
  checkTypes();
  const runs = [];
  for (let i = 0; i < rounds; i++) runs.push(await editorFigures(root, folder, "./large.gen.js"));
  const middle = (key) => runs.map((run) => run[key]).toSorted((a, b) => a - b)[rounds >> 1];
  const { unionText, errors } = runs[0];
  const each = ["open", "union", "arm", "completion", "change"].map((key) => `${key} ${middle(key).toFixed(0)}`);
  process.stdout.write(
    `450 arms in an editor: ${each.join(", ")}; the hover of the union has ${unionText.length} characters.\n`,
  );
  if (errors.length !== 1) throw new Error(`one error was made, but found: ${errors.join(" ")}`);
  if (middle("union") > limits.hover || middle("arm") > limits.hover) over++;
}

function stages(file) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, "stages.mjs"), file, "5", dist], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr.slice(0, 2000));
  return JSON.parse(stdout);
}

function total(one) {
  return one.analyze + one.generate;
}

// The outputs that `lupine gen` has in one file. rpcgen writes no file anew, so each has its own name, to the void.
function rpcgen(file) {
  return ["-h", "-c", "-l", "-m"]
    .map((output) => cpuOf("rpcgen", ["-C", "-N", output, file], { cwd: folder }))
    .reduce((sum, each) => sum + each, 0);
}

function checkTypes() {
  const options = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      composite: false,
      noEmit: true,
      paths: { "lupine/codegen/v1": [join(dist, "codegen", "v1.d.ts")] },
    },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const start = performance.now();
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(stdout.slice(0, 2000));
  return performance.now() - start;
}

function row([name, ...cells]) {
  return `${name.padEnd(14)}${cells.map((cell, i) => cell.padStart(i === 6 ? 14 : 10)).join("")}\n`;
}
