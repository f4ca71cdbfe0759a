// Tests assert no time, do not sleep to be sure (they wait for events, use a fake clock, or count work), and try the same
// random cases in each run.
// `node scripts/lint-tests.mjs [PROJECT]`; exit status 1 when something is wrong.
//   performance.now(), Date.now(), process.cpuUsage(), process.hrtime    needs `// clock: REASON` in its line
//   a sleep of more than 50 ms                                           needs `// waits: REASON` in its line
//   import fc from "fast-check"                                          needs the module of ours that sets its seed
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

/** Milliseconds that a test may sleep without a reason. */
const longestSleep = 50;

/** Files with sleeps from before this lint, and how many. A number may only become smaller. */
const before = new Map(Object.entries(readBaseline()));

const clock = /\b(?:performance\.now|Date\.now|cpuUsage|hrtime)\b/;
const sleeping = /\b(?:sleep|pause)\(([\d_]+)|setTimeout\([^;]*?,\s*([\d_]+)\)/g;

/** Everything wrong in PROJECT, as "file:line: what, and what to do". */
export function lint(project) {
  return ["src", "test", "examples", "bench"].flatMap((folder) =>
    testFiles(join(project, folder)).flatMap((path) => {
      const lines = readFileSync(path, "utf8").split("\n");
      const name = relative(project, path).split(sep).join("/");
      return [...clocksIn(lines, name), ...sleepsIn(lines, name), ...seedsIn(lines, name)];
    }),
  );
}

function clocksIn(lines, name) {
  return lines.flatMap((line, index) => {
    if (!clock.test(withoutStrings(line)) || /\/\/ clock: \S/.test(line)) return [];
    return [
      `${name}:${index + 1}: a test that measures time fails on a busy machine: wait for an event, use a fake clock, or count work; else say why: // clock: REASON`,
    ];
  });
}

function sleepsIn(lines, name) {
  const found = lines.flatMap((line, index) => {
    if (/\/\/ waits: \S/.test(line)) return [];
    const times = [...withoutStrings(line).matchAll(sleeping)].map((match) =>
      Number((match[1] ?? match[2]).replaceAll("_", "")),
    );
    return times.some((time) => time > longestSleep)
      ? [
          `${name}:${index + 1}: a test that sleeps to be sure: wait for an event (until, ending); else say why: // waits: REASON`,
        ]
      : [];
  });
  return found.length > (before.get(name) ?? 0) ? found : [];
}

function seedsIn(lines, name) {
  if (/(?:^|\/)fast-check(?:\.test-support)?\.ts$/.test(name)) return [];
  return lines.flatMap((line, index) =>
    /^import .* from "fast-check";/.test(line)
      ? [
          `${name}:${index + 1}: random cases of each run's own fail where nobody changed anything: import fc from src/testing/fast-check.test-support.ts or test/support/fast-check.ts`,
        ]
      : [],
  );
}

// Programs that a test writes into a string run elsewhere.
function withoutStrings(line) {
  return line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""');
}

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === "node_modules") return [];
    if (entry.isDirectory()) return testFiles(path);
    const isTest = /\.(?:test|test-support)\.ts$/.test(entry.name) || /(?:^|\/)test\//.test(path.split(sep).join("/"));
    return isTest && /\.ts$/.test(entry.name) && !entry.name.endsWith(".gen.ts") ? [path] : [];
  });
}

function readBaseline() {
  return JSON.parse(readFileSync(new URL("lint-tests.json", import.meta.url), "utf8"));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const project = resolve(argv[2] ?? join(fileURLToPath(import.meta.url), "..", ".."));
  const problems = lint(project);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
