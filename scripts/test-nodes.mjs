// `npm run test:nodes [MAJOR...]`: runs the unit, codegen, conformance and example tests on other versions of Node than
// the one at hand. Their binaries are packages of the npm registry, installed outside the project's dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { npm, root, setUp } from "./setup.mjs";

const versions = ["22.23.5", "24.22.3", "26.12.1"];
// `serve` uses parts of Node that differ between versions.
const paths = [
  "src",
  "src/processes/serve.long.test.ts",
  "src/processes/reuse-port.long.test.ts",
  "src/processes/processes.long.test.ts",
  "test/codegen",
  "test/conformance",
  "test/examples",
];

/** Platforms that the registry has binaries for; on others this is skipped. */
const platforms = ["linux-x64", "linux-arm64", "darwin-arm64"];
const platform = `${process.platform}-${process.arch}`;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((one) => !versions.some((version) => version.startsWith(`${one}.`)));
if (unknown.length > 0) {
  process.stderr.write(
    `No such version: ${unknown.join(", ")}. There are ${versions.join(", ")}: give a major number.\n`,
  );
  process.exit(1);
}
if (!platforms.includes(platform)) {
  process.stderr.write(
    `SKIPPED: the tests on Node ${versions.join(", ")}: there is no binary package for ${platform}.\n`,
  );
  process.exit(0);
}
setUp();
for (const version of versions) {
  if (wanted.length > 0 && !wanted.includes(version.split(".")[0])) continue;
  const node = install(version);
  process.stdout.write(`\nOn Node ${version}:\n`);
  const { status } = spawnSync(node, [join(root, "scripts", "test.mjs"), ...paths, "--short"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = status ?? 1;
  if (status === 130) break;
}

/** The path of that Node's executable. */
function install(version) {
  const folder = join(root, ".work", `node-${version}`);
  const node = join(folder, "node_modules", `node-${platform}`, "bin", "node");
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const specifier = `node-${platform}@${version}`;
  const options = ["--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  const [command, ...args] = npm(["install", ...options, specifier]);
  const { status } = spawnSync(command, args, { cwd: folder, stdio: ["ignore", 2, 2] });
  if (status === 0 && existsSync(node)) return node;
  process.stderr.write(`Node ${version} could not be installed: npm install ${specifier} failed.\n`);
  process.exit(1);
}
