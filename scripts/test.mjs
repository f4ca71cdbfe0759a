// `npm test`: sets a fresh clone up, then runs compiled tests with Node's test runner.
//   npm test                                     every test but the long ones, *.long.test.ts; several files in a process
//   npm run test:all                             every test, and more random cases of each property
//   npm test -- src/xdr test/interop             some folders or files, as sources, with their long tests
//   npm test -- src/binding/re                   the files whose paths begin so
//   npm test -- src test/codegen --short         some folders without their long tests
//   npm test -- --test-name-pattern "record"     any option of `node --test`
// With LUPINE_REQUIRE_PEERS=1 an interop test fails, rather than skip, where its peer is not installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { root, setUp } from "./setup.mjs";
import { nearFiles, testFiles } from "./test/files.mjs";
import { inGroups } from "./test/groups.mjs";
import { endLeftovers, endRun, runMark } from "./test/processes.mjs";

/** Milliseconds after which a test file counts as hanging. Generous: other work may share the machine. */
const hang = 900_000;

const { options, paths, all, long } = splitArguments(process.argv.slice(2));
setUp();
for (const path of paths) if (testFiles([path]).length === 0) fail(path);
const files = testFiles(paths, { all, ...(long ? {} : { long }) });
// Each file has a process of its own when it is asked for by its path, and in CI, which runs all.
const processes = paths.length === 0 && !all ? inGroups(files) : files;
// Ends a file that something keeps running after its last test.
const ending = `--import=${new URL("test/end-file.mjs", import.meta.url)}`;
const reporter = options.some((option) => option.startsWith("--test-reporter"))
  ? []
  : [`--test-reporter=${new URL("test/report.mjs", import.meta.url)}`];
// Property tests take more random cases.
const thorough = all ? { LUPINE_TEST_ALL: "1" } : {};
// The default files wait for about a third of their time: three at once fill two cores, and four have their share of
// cores that other work uses, too.
// Tests import files of dist/ beside "lupine", which has to mean the same files, and not their copies in bundle/.
const conditions = `${process.env.NODE_OPTIONS ?? ""} --conditions=lupine-files`.trim();
// A process group of its own: Ctrl-C reaches this process alone, which then ends all of them.
const runner = spawn(
  process.execPath,
  [
    ending,
    "--test",
    `--test-concurrency=${all ? 2 : 4}`,
    `--test-timeout=${hang}`,
    ...reporter,
    ...options,
    ...processes,
  ],
  {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    detached: process.platform !== "win32",
    env: {
      ...process.env,
      NODE_OPTIONS: conditions,
      LUPINE_TEST_RUN: runMark,
      LUPINE_TEST_FILES: String(files.length),
      ...thorough,
    },
  },
);
const interrupts = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const [signal, status] of Object.entries(interrupts)) {
  process.once(signal, () => {
    process.stderr.write("\nInterrupted: ending the tests' processes.\n");
    endRun(runner).then(() => process.exit(status));
  });
}
runner.once("exit", async (status, signal) => {
  process.exitCode = status ?? 1;
  if (signal !== null) process.stderr.write(`\nNode's test runner was ended by ${signal}.\n`);
  const left = await endLeftovers();
  if (left.length > 0) process.stderr.write(`\nTests left processes behind, ended now:\n  ${left.join("\n  ")}\n`);
});

// What begins with a dash is the runner's, with the word behind it if that is not a path of ours.
function splitArguments(args) {
  const options = [];
  const paths = [];
  const own = ["--all", "--short"];
  const rest = args.filter((one) => !own.includes(one));
  for (const [at, argument] of rest.entries()) {
    const isValue = /^--[^=]+$/.test(rest[at - 1] ?? "");
    if (!argument.startsWith("-") && (existsSync(resolve(root, argument)) || !isValue)) paths.push(argument);
    else options.push(argument);
  }
  return { options, paths, all: args.includes("--all"), long: !args.includes("--short") };
}

function fail(path) {
  const near = nearFiles(path);
  const hint =
    near.length > 0
      ? `Similar names:\n  ${near.join("\n  ")}`
      : "Give a folder or a file like src/xdr or src/xdr/reader.test.ts, or how their paths begin.";
  process.stderr.write(`No tests in ${path}. ${hint}\n`);
  process.exit(1);
}
