// What compiling costs: npm run bench -- compile [--rounds N] [--lines N] [--check] [--json FILE] [--dist DIR]
//   --rounds N   runs of each process; a figure is the median (default 5)
//   --lines N    the length of the long file (default 10000)
//   --check      ends with 1 when a figure is over its limit
//   --json FILE  writes the tables as JSON as well
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { editorFigures } from "./editor.mjs";
import { mixed, union } from "./interfaces.mjs";
import { cpuOf, median } from "./processes.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    json: { type: "string" },
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

const { report } = await import(pathToFileURL(join(root, "build/bench/report/report.js")).href);
const folder = mkdtempSync(join(root, ".compile-"));
let over = 0;
try {
  await report("compile", values.json, async () => {
    const rows = Object.entries(files).map(([name, text]) => measure(name, text));
    // The last file is the union: its generated file is there.
    const editor = await measureEditor();
    return {
      tables: [
        {
          title:
            "Milliseconds of processor time (of the clock: tsc), and in brackets how many times Lupine's time rpcgen's is",
          head: [
            "",
            "lines",
            "analyze",
            "generate",
            "per 1000 lines",
            "warm, per 1000",
            "`lupine gen`",
            "rpcgen",
            "tsc",
          ],
          rows,
        },
        editor,
      ],
      notes: [`Medians of ${rounds} runs.`],
    };
  });
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
  if (ours > limits.compile || check > limits.check) over++;
  return [
    name,
    String(lines),
    each(first.analyze),
    each(first.generate),
    perThousand,
    each((warm / lines) * 1000),
    each(ours),
    theirs === undefined ? "-" : `${each(theirs)} (${(theirs / ours).toFixed(2)})`,
    each(check),
  ];
}

async function measureEditor() {
  checkTypes();
  const runs = [];
  for (let i = 0; i < rounds; i++) runs.push(await editorFigures(root, folder, "./large.gen.js"));
  const middle = (key) => runs.map((run) => run[key]).toSorted((a, b) => a - b)[rounds >> 1];
  const { unionText, errors } = runs[0];
  if (errors.length !== 1) throw new Error(`one error was made, but found: ${errors.join(" ")}`);
  if (middle("union") > limits.hover || middle("arm") > limits.hover) over++;
  const steps = {
    open: "open the file",
    union: `hover over the union (${unionText.length} characters)`,
    arm: "hover over an arm in a switch",
    completion: "complete a member",
    change: "errors after a change",
  };
  return {
    title: "TypeScript's language server on the union of 450 arms, milliseconds",
    head: ["", "median"],
    rows: Object.entries(steps).map(([key, name]) => [name, middle(key).toFixed(0)]),
  };
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
