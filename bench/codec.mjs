// The codec benchmark: node bench/codec.mjs [seconds]. Build first: npx tsc -b. Installs the peers when they are missing.
// Every codec handles the same values in the same process, in interleaved rounds; a figure is the median of its rounds.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lupine } from "./codec/lupine.mjs";
import { measure } from "./codec/measure.mjs";
import { values } from "./codec/values.mjs";
import { verdict } from "./codec/verdict.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const peers = join(here, "peers");
const seconds = Number(process.argv[2] ?? 15);
const names = {
  pair: "two ints",
  fattr3: "NFSv3 attributes",
  directory: "1000-entry list",
  samples: "10,000 doubles",
  blob: "1 MiB, copied",
  aliased: "1 MiB, aliased",
};

if (!existsSync(join(peers, "node_modules"))) {
  process.stderr.write("Installing the peers ...\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: peers, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

const build = process.env.LUPINE_BENCH_BUILD ?? join(here, "../build/bench");
if (!existsSync(join(build, "codec/codec.gen.js"))) {
  process.stderr.write("Build first: npx tsc -b\n");
  process.exit(1);
}

const { inPlace, whole } = await lupine(values, join(build, "codec/codec.gen.js"));
const codecs = { lupine: whole, "in place": inPlace };
for (const peer of ["js-xdr", "protobufjs", "protobuf-es", "json"]) {
  codecs[peer] = (await import(pathToFileURL(join(peers, `codec-${peer}.mjs`)).href)).rows(values);
}

const labels = Object.keys(codecs);
process.stdout.write(`Node ${process.version}, load ${loadavg()[0].toFixed(1)}.\n`);
process.stdout.write("CPU time of one operation; in brackets, how many times that of lupine.\n");
process.stdout.write(line(["", "", ...labels]));
const results = [];
for (const row of Object.keys(names)) {
  for (const operation of ["encode", "decode"]) {
    const works = labels.map((label) => codecs[label][row]?.[operation]);
    if (works.every((work) => work === undefined)) continue;
    const rounds = measure(works, (seconds * 1e9) / (2 * Object.keys(names).length));
    const times = rounds.map(median);
    const cells = times.map((time) =>
      time === undefined ? "-" : `${show(time)} (${times[0] ? (time / times[0]).toFixed(2) : "-"})`,
    );
    process.stdout.write(line([names[row], operation, ...cells]));
    results.push({ title: `${names[row]}, ${operation}`, rounds });
  }
}
// Like with like: the calls that give out memory of their own, as all peers' do; then what takes their place in a call.
for (const [column, label] of [
  [0, "lupine"],
  [1, "lupine in place"],
]) {
  process.stdout.write(`${verdict(label, column, labels, results)}\n`);
}

function median(times) {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}

function show(nanoseconds) {
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(0)} ns`;
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(1)} us` : `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

function line([row, operation, ...cells]) {
  return `${row.padEnd(17)}${operation.padEnd(8)}${cells.map((cell) => cell.padStart(18)).join("")}\n`;
}
