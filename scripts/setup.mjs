// Makes a fresh clone ready: the right Node, the packages of the lock file, the compiled output.
// Shared by `npm start` and `npm test`. Needs nothing but Node and npm.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, with no slash at the end. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Checks Node, installs what the lock file lists if it is not there, compiles. Ends the process with a message if one fails. */
export function setUp() {
  checkNode();
  if (!isInstalled()) {
    // npm would try for minutes to reach a registry that is not there.
    const once = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000"];
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", ...once];
    run("Installing the packages of package-lock.json", npm(["ci", ...flags]), {
      hint: "npm could not install the packages of package-lock.json: see the error above. It needs a network and a package registry, for the tools that build Lupine; run `npm ci` where there is one.",
    });
  }
  build();
}

/** Compiles src to dist, and tests, examples and benchmarks to build; bundles the entry points. */
export function build() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  run("Compiling", [process.execPath, tsc, "-b"], { hint: "The code does not compile: see the errors above." });
  run("Bundling", [process.execPath, join(root, "scripts", "bundle.mjs")], {
    hint: "The entry points could not be bundled: see the error above.",
  });
}

function checkNode() {
  const { engines } = readJson("package.json");
  const [major = 0, minor = 0] = engines.node.replace(/^>=/, "").split(".").map(Number);
  const [ourMajor = 0, ourMinor = 0] = process.versions.node.split(".").map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  fail(
    `Lupine needs Node ${engines.node}, and this is Node ${process.versions.node}. Install a newer one: https://nodejs.org`,
  );
}

// npm keeps a copy of the lock file of what it installed. Times of files say little after a clone or a copy.
function isInstalled() {
  if (!existsSync(join(root, "node_modules", ".package-lock.json"))) return false;
  const wanted = readJson("package-lock.json").packages;
  const installed = readJson("node_modules/.package-lock.json").packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional === true || installed[path]?.version === entry.version,
  );
}

/** A command that runs npm: the one that runs us, or the one on the path. */
export function npm(args) {
  const self = process.env.npm_execpath;
  return self?.endsWith("npm-cli.js") ? [process.execPath, self, ...args] : ["npm", ...args];
}

function run(title, [command, ...args], { hint }) {
  process.stderr.write(`${title} ...\n`);
  // What a step prints goes to stderr: stdout belongs to the program that is set up.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: needsShell(command),
  });
  if (status !== 0) fail(error === undefined ? hint : `${hint} (${error.message})`);
}

function needsShell(command) {
  return process.platform === "win32" && command === "npm";
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

function fail(message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}
