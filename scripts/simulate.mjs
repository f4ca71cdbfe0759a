// `npm run simulate -- [SEEDS [FIRST]]`: the simulations of test/conformance with so many seeds in all (default 10,000), beginning
// with FIRST (default 1), in one process for each core at a time. Prints each failure with its seed.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";

/** Test files, the number of tests in each that run through all seeds, and their names if there are others. */
const files = {
  simulation: { count: 6, pattern: "over (network|datagrams)(:|, with)" },
  "exactly-once": { count: 8, pattern: "" },
  "mutants.long": { count: 4, pattern: "without a fault" },
};
const tests = Object.values(files).reduce((sum, { count }) => sum + count, 0);

const [seeds = 10_000, first = 1] = process.argv.slice(2).map(Number);
if (!(Number.isSafeInteger(seeds) && Number.isSafeInteger(first) && seeds > 0 && first > 0)) {
  process.stderr.write("usage: npm run simulate -- [SEEDS [FIRST]]\n");
  process.exit(2);
}
setUp();

const plainTests = new URL("./plain-tests.mjs", import.meta.url).href;
const cores = availableParallelism();
/** Seeds for each test in one process. A machine that has crashed leaves about 100 KiB behind, and calls that never end. */
const most = 500;
const each = Math.min(most, Math.ceil(seeds / tests / cores));
const parts = Math.ceil(seeds / tests / each);
const jobs = Array.from({ length: parts }, (_, part) => first + part * each).flatMap((from) =>
  Object.keys(files).map((name) => ({ name, first: from })),
);
const started = performance.now();
let failures = 0;
await Promise.all(
  Array.from({ length: cores }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const failed = await run(job);
      failures += failed;
    }
  }),
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(`${each * parts * tests} seeds in ${seconds} s, ${failures} processes failed\n`);
process.exitCode = failures === 0 ? 0 : 1;

/** @returns 1 if the process failed. */
function run({ name, first: from }) {
  const env = {
    ...process.env,
    LUPINE_SEEDS: String(each),
    LUPINE_SEED: String(from),
    TEST_PATTERN: files[name].pattern,
  };
  const file = join(root, "build", "test", "conformance", `${name}.test.js`);
  const child = spawn(process.execPath, ["--import", plainTests, file], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      process.stdout.write(code === 0 ? `${name} from seed ${from}: ${each} seeds a test\n` : output);
      resolve(code === 0 ? 0 : 1);
    });
  });
}
