// `node scripts/bench.mjs calls|codec [OPTIONS]`: sets the clone and the benchmark's peers up, then runs that benchmark.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { npm, root, setUp } from "./setup.mjs";

const [name, ...options] = process.argv.slice(2);
const main = join(root, "build", "bench", name ?? "", "main.js");
setUp();
if (name === undefined || !existsSync(main)) {
  process.stderr.write("usage: node scripts/bench.mjs calls|codec [--quick] [--json FILE]\n");
  process.exit(2);
}
installPeers();
process.exitCode = spawnSync(process.execPath, [main, ...options], { cwd: root, stdio: "inherit" }).status ?? 1;

function installPeers() {
  const home = join(root, "bench", "peers");
  if (existsSync(join(home, "node_modules"))) return;
  const [command, ...args] = npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
  const { status } = spawnSync(command, args, {
    cwd: home,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0)
    process.stderr.write("The benchmark's peers could not be installed: those in JavaScript are left out.\n");
}
