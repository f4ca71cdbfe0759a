// The long fuzz run: every fuzz test with its full number of inputs, told as it goes, and a table at the end.
//   node scripts/fuzz.mjs                        everything (docs/fuzzing.md tells how long that takes)
//   node scripts/fuzz.mjs client decode          some of the tests
//   node scripts/fuzz.mjs --scale 0.01 --seed 7  a hundredth of it, from that seed
//   node scripts/fuzz.mjs idl --seed 7 --first N begins with input N of that seed, where a run was stopped
//   node scripts/fuzz.mjs idl --seed 7 --only N  only that input, which a failure has named
// Ctrl-C ends the run; what was done is in the table.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, setUp } from "./setup.mjs";

/** The tests of test/fuzz, the variables that set their size, and the full sizes. */
const suites = new Map([
  ["records", ["LUPINE_FUZZ_RECORDS", 100_000]],
  ["budget", ["LUPINE_FUZZ_BUDGET", 100_000]],
  ["budget-process", ["LUPINE_FUZZ_BUDGET", 100_000]],
  ["client", ["LUPINE_FUZZ_REPLIES", 100_000]],
  ["rpcbind", ["LUPINE_FUZZ_RPCBIND", 100_000]],
  ["directory", ["LUPINE_FUZZ_DIRECTORY", 100_000]],
  ["gss", ["LUPINE_FUZZ_GSS", 1_000_000]],
  ["decode", ["LUPINE_FUZZ_DECODES", 1_000_000]],
  ["dce", ["LUPINE_FUZZ_DCE", 1_000_000]],
  ["idl", ["LUPINE_FUZZ_IDL", 1_000_000]],
  ["generate", ["LUPINE_FUZZ_GENERATE", 10_000]],
  ["preprocessor", ["LUPINE_FUZZ_PREPROCESSOR", 100_000]],
  ["tools", ["LUPINE_FUZZ_TOOLS", 50_000]],
  ["format", ["LUPINE_FUZZ_FORMAT", 100_000]],
  ["typecheck", ["LUPINE_FUZZ_TYPECHECK", 5000]],
]);

/** Those whose inputs depend on the seed and their number alone. */
const numbered = ["dce", "idl", "format", "typecheck"];

const { values, positionals } = readArguments();
const seed = values.seed ?? String(Date.now() % 1_000_000);
const names = positionals.length > 0 ? positionals : [...suites.keys()];
const rows = new Map();
let child;
let stopped = false;
let shownAt = 0;

process.on("SIGINT", () => {
  // Again: at once.
  if (stopped) process.exit(130);
  stopped = true;
  child?.kill("SIGTERM");
});

setUp();
process.stderr.write(`Seed ${seed}. Ctrl-C ends the run.\n`);
const failed = [];
for (const name of names) {
  if (!stopped && !(await run(name)) && !stopped) failed.push(name);
}
printTable();
for (const name of failed) {
  process.stderr.write(
    `Failed: ${name}. Again: node scripts/fuzz.mjs ${name} --scale ${values.scale} --seed ${seed}\n`,
  );
}
process.exitCode = stopped ? 130 : failed.length > 0 ? 1 : 0;

function readArguments() {
  try {
    const options = {
      seed: { type: "string" },
      scale: { type: "string", default: "1" },
      first: { type: "string" },
      only: { type: "string" },
    };
    const parsed = parseArgs({ options, allowPositionals: true });
    const unknown = parsed.positionals.find((name) => !suites.has(name));
    if (unknown !== undefined)
      throw new Error(`there is no fuzz test "${unknown}"; there are ${[...suites.keys()].join(", ")}`);
    if (!(Number(parsed.values.scale) > 0)) throw new Error("--scale takes a number above 0");
    for (const option of ["seed", "first", "only"]) {
      const value = parsed.values[option];
      if (value !== undefined && !/^\d+$/.test(value)) throw new Error(`--${option} takes a whole number`);
    }
    const { seed, first, only } = parsed.values;
    if (first === undefined && only === undefined) return parsed;
    const isNumbered = parsed.positionals.length > 0 && parsed.positionals.every((name) => numbered.includes(name));
    if (!isNumbered || seed === undefined || (first !== undefined && only !== undefined))
      throw new Error(`--first or --only needs --seed, and is for ${numbered.join(", ")}`);
    return parsed;
  } catch (error) {
    process.stderr.write(
      `${error.message}\nusage: node scripts/fuzz.mjs [TEST...] [--scale N] [--seed N] [--first N | --only N]\n`,
    );
    process.exit(2);
  }
}

/** Runs one test file as a process that reports to us. @returns whether it passed. */
function run(name) {
  const [variable, full] = suites.get(name);
  const first = values.first ?? values.only ?? "0";
  const count = String(values.only === undefined ? Math.max(1, Math.round(full * Number(values.scale))) : 1);
  // As in scripts/test.mjs: the tests look into single files of dist/, which the bundled entry points do not share.
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --conditions=lupine-files`.trim();
  const env = {
    ...process.env,
    NODE_OPTIONS,
    [variable]: count,
    LUPINE_FUZZ_SEED: seed,
    LUPINE_FUZZ_FIRST: first,
  };
  const file = join(root, "build", "test", "fuzz", `${name}.long.test.js`);
  child = spawn(process.execPath, [file], { cwd: root, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  child.on("message", (report) => note(report));
  return new Promise((resolve) => {
    child.on("close", (status) => {
      clearLine();
      if (status !== 0 && !stopped) process.stderr.write(`${output}\n`);
      resolve(status === 0);
    });
  });
}

function note(report) {
  const known = rows.get(report.campaign);
  const row = { ...report, began: known?.began ?? Date.now(), now: Date.now() };
  rows.set(report.campaign, row);
  if (report.done) {
    clearLine();
    process.stderr.write(`${report.campaign}: ${report.runs} in ${clock(row.now - row.began)}\n`);
    return;
  }
  showProgress(row);
}

// On a terminal one line that changes; elsewhere a line now and then.
function showProgress({ campaign, runs, total, began, now }) {
  const terminal = process.stderr.isTTY === true;
  if (!terminal && now - shownAt < 15_000) return;
  shownAt = now;
  const rate = runs / Math.max(1, now - began);
  const left = rate > 0 && runs < total ? `, ${clock((total - runs) / rate)} to go` : "";
  const line = `${campaign}: ${runs} of ${total}, ${Math.round(rate * 1000)} a second${left}`;
  process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
}

function clearLine() {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

function clock(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function printTable() {
  if (rows.size === 0) return;
  const head = ["what", "inputs", "accepted", "refused", "time", "a second", "RSS before", "after", "growth in use"];
  const lines = [...rows.values()].map((row) => {
    const time = row.now - row.began;
    const rate = String(Math.round((row.runs * 1000) / Math.max(1, time)));
    const memory = row.done
      ? [mebibytes(row.start.rss), mebibytes(row.end.rss), mebibytes(row.end.used - row.start.used)]
      : ["", "", "not finished"];
    return [row.campaign, String(row.runs), String(row.accepted), String(row.refused), clock(time), rate, ...memory];
  });
  const all = [head, head.map(() => "---"), ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  for (const line of all) {
    process.stdout.write(`| ${line.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |\n`);
  }
}

function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
