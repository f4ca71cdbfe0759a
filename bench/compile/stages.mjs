// One compilation in a process of its own, stage by stage: node stages.mjs FILE RUNS DIST. Prints JSON: milliseconds of
// CPU of the first run, as a command has it, and of the median run when the compiler is warm.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , file, runs, dist] = process.argv;
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const { compileInterface } = await load("idl/index.js");
const { generate } = await load("codegen/index.js");
const text = readFileSync(file, "utf8");

const results = Array.from({ length: Number(runs) }, once);
const [first] = results;
const warm = results.toSorted((a, b) => total(a) - total(b))[results.length >> 1];
process.stdout.write(JSON.stringify({ first, warm }));

function once() {
  let compiled;
  const analyze = cpu(() => {
    compiled = compileInterface({ file, text });
  });
  if (compiled.module === undefined) throw new Error(JSON.stringify(compiled.diagnostics.slice(0, 3)));
  return { analyze, generate: cpu(() => generate(compiled.module)) };
}

function total(stages) {
  return stages.analyze + stages.generate;
}

function cpu(work) {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
