// `npm test`: sets a fresh clone up, then runs every compiled test with Node's test runner.
//   npm test                                     everything
//   npm test -- src/xdr test/interop             some folders or files, as sources
//   npm test -- --test-name-pattern "record"     any option of `node --test`
// With LUPINE_REQUIRE_PEERS=1 an interop test fails, rather than skip, where its peer is not installed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { root, setUp } from "./setup.mjs";

/** Where sources are compiled to: the folder of the sources, and the folder of the output. */
const outputs = [
  ["src", "dist"],
  ["test", join("build", "test")],
  ["examples", join("build", "examples")],
  ["bench", join("build", "bench")],
];

const { options, paths } = splitArguments(process.argv.slice(2));
setUp();
const files = compiledTests(paths);
if (files.length === 0) {
  process.stderr.write(
    `No tests in ${paths.join(", ")}: name a folder or a file like src/xdr or src/xdr/reader.test.ts.\n`,
  );
  process.exit(1);
}
const { status, signal } = spawnSync(process.execPath, ["--test", "--test-concurrency=2", ...options, ...files], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1);

// What begins with a dash is the runner's, with the word behind it if that is not a path of ours.
function splitArguments(args) {
  const options = [];
  const paths = [];
  for (const argument of args) {
    if (!argument.startsWith("-") && existsSync(resolve(root, argument))) paths.push(argument);
    else options.push(argument);
  }
  return { options, paths };
}

// Only what still has a source: the compiler leaves the output of deleted files behind.
function compiledTests(wanted) {
  const found = [];
  for (const [source, output] of outputs) {
    for (const file of testsUnder(join(root, source))) {
      const path = relative(root, file);
      if (wanted.length > 0 && !wanted.some((each) => isWithin(path, relative(root, resolve(root, each))))) continue;
      found.push(join(output, relative(join(root, source), file)).replace(/\.ts$/, ".js"));
    }
  }
  return found.sort();
}

function testsUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules") return [];
    if (statSync(path).isDirectory()) return testsUnder(path);
    return name.endsWith(".test.ts") ? [path] : [];
  });
}

function isWithin(path, folder) {
  return folder === "" || path === folder || path.startsWith(folder + sep);
}
