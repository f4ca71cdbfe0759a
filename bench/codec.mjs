// The codec benchmark: node bench/codec.mjs [seconds] [--json FILE]. Build first: npx tsc -b. Installs the peers when they are missing.
// Every codec handles the same values in the same process, in interleaved rounds; a figure is the median of its rounds.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { lupine } from "./codec/lupine.mjs";
import { measure } from "./codec/measure.mjs";
import { values } from "./codec/values.mjs";
import { verdict } from "./codec/verdict.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const peers = join(here, "peers");
const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
const seconds = Number(positionals[0] ?? 20);
const names = {
  pair: "two ints",
  fattr3: "NFSv3 attributes",
  directory: "1000-entry list",
  strings: "the list's strings alone",
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

const { report } = await import(pathToFileURL(join(build, "report/report.js")).href);
const { duration, median, ratio, spread } = await import(pathToFileURL(join(build, "report/statistics.js")).href);

const { inPlace, whole } = await lupine(values, join(build, "codec/codec.gen.js"));
const codecs = { lupine: whole, "in place": inPlace };
for (const peer of ["js-xdr", "protobufjs", "protobuf-es", "msgpackr", "avsc", "json"]) {
  codecs[peer] = (await import(pathToFileURL(join(peers, `codec-${peer}.mjs`)).href)).rows(values);
}
const labels = Object.keys(codecs);

await report("codec", options.json, () => {
  const results = measureAll();
  return {
    tables: [
      {
        title: "Processor time of one operation: the median, and in brackets how many times that of lupine",
        head: ["", "", ...labels],
        rows: results.map(({ row, operation, rounds }) => [
          names[row],
          operation,
          ...rounds.map((each) => beside(each, rounds[0])),
        ]),
      },
      {
        title: "Processor time of one operation: least / median / most of the rounds",
        head: ["", "", ...labels],
        rows: results.map(({ row, operation, rounds }) => [
          names[row],
          operation,
          ...rounds.map((each) => (each.length === 0 ? "-" : spread(each, duration))),
        ]),
      },
    ],
    // Like with like: the calls that give out memory of their own, as all peers' do; then what takes their place in a call.
    notes: [
      [0, "lupine"],
      [1, "lupine in place"],
    ].map(([column, label]) => verdict(label, column, labels, results)),
  };
});

function measureAll() {
  const results = [];
  for (const row of Object.keys(names)) {
    for (const operation of ["encode", "decode"]) {
      const works = labels.map((label) => codecs[label][row]?.[operation]);
      if (works.every((work) => work === undefined)) continue;
      const rounds = measure(works, (seconds * 1e9) / (2 * Object.keys(names).length));
      results.push({ row, operation, title: `${names[row]}, ${operation}`, rounds });
    }
  }
  return results;
}

function beside(each, ours) {
  if (each.length === 0) return "-";
  if (each === ours || ours.length === 0) return duration(median(each));
  return `${duration(median(each))} (${ratio(each, ours).toFixed(2)})`;
}
