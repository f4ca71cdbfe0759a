// The codec benchmark: node bench/codec.mjs [seconds]. Build first: npx tsc -b. Installs the peers when they are missing.
// Every codec handles the same values in the same process, in interleaved rounds; a figure is the median of its rounds.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { values } from "./codec/values.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const peers = join(here, "peers");
const rounds = 15;
const seconds = Number(process.argv[2] ?? 15);
const names = {
  pair: "two ints",
  fattr3: "NFSv3 attributes",
  directory: "1000-entry list",
  samples: "10,000 doubles",
  blob: "1 MiB opaque",
  borrowed: "1 MiB, borrowed",
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

const codecs = { "lupine in place": (await lupine()).inPlace, lupine: (await lupine()).whole };
for (const peer of ["js-xdr", "protobufjs", "protobuf-es", "json"]) {
  codecs[peer] = (await import(pathToFileURL(join(peers, `codec-${peer}.mjs`)).href)).rows(values);
}

const labels = Object.keys(codecs);
process.stdout.write(`Node ${process.version}. Time of one operation; in brackets, times that of lupine in place.\n`);
process.stdout.write(line(["", "", ...labels]));
const kept = []; // so that no result is dead code
let behind = 0;
for (const row of Object.keys(names)) {
  // Only a decoder can borrow: it gives a view of the bytes it read.
  for (const operation of row === "borrowed" ? ["decode"] : ["encode", "decode"]) {
    const works = labels.map((label) => codecs[label][row]?.[operation]);
    const times = measure(works, (seconds * 1e9) / (2 * Object.keys(names).length));
    behind += times.slice(2).filter((time) => time < times[0]).length;
    process.stdout.write(
      line([
        names[row],
        operation,
        ...times.map((time) => (time === undefined ? "-" : `${show(time)} (${(time / times[0]).toFixed(2)})`)),
      ]),
    );
  }
}
process.stdout.write(
  behind === 0 ? "Lupine is the fastest on every row.\n" : `Slower than a peer in ${behind} places.\n`,
);

/** Lupine's rows: through `encode` and `decode`, and in place on a writer and a reader that live on, as RPC does it. */
async function lupine() {
  const { borrowedOpaque, decode, encode, struct, XdrReader, XdrWriter } = await import("lupine/xdr");
  const generated = await import(pathToFileURL(join(build, "codec/codec.gen.js")).href);
  const borrowing = struct("blob", { data: borrowedOpaque() });
  const inPlace = {};
  const whole = {};
  for (const row of Object.keys(names)) {
    const type = row === "borrowed" ? borrowing : generated[row];
    const value = values[row] ?? values.blob;
    const bytes = Buffer.from(encode(type, value));
    const out = new XdrWriter({ splice: true });
    const from = new XdrReader();
    whole[row] = { encode: () => encode(type, value), decode: () => decode(type, bytes) };
    inPlace[row] = {
      encode: () => {
        out.reset();
        type.encode(out, value);
        return out.offset;
      },
      decode: () => {
        from.reset(bytes);
        const decoded = type.decode(from);
        from.finish();
        return decoded;
      },
    };
  }
  return { inPlace, whole };
}

/** Nanoseconds of one run of each work: the median of interleaved rounds that take `budget` nanoseconds in all. */
function measure(works, budget) {
  const slice = budget / works.length / (rounds + 5);
  const counts = works.map((work) => work && calibrate(work, slice));
  const samples = works.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      if (work !== undefined) samples[i].push(timeOf(work, counts[i]) / counts[i]);
    }
  }
  return samples.map((list) => list.sort((a, b) => a - b)[rounds >> 1]);
}

function calibrate(work, slice) {
  let count = 1;
  for (let spent = 0; spent < 4 * slice; ) {
    const time = timeOf(work, count);
    spent += time;
    count = Math.max(1, Math.min(count * 8, Math.round((count * slice) / Math.max(time, 1))));
  }
  return count;
}

function timeOf(work, count) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) kept[0] = work();
  return Number(process.hrtime.bigint() - start);
}

function show(nanoseconds) {
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(0)} ns`;
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(1)} us` : `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

function line([row, operation, ...cells]) {
  return `${row.padEnd(17)}${operation.padEnd(8)}${cells.map((cell) => cell.padStart(17)).join("")}\n`;
}
