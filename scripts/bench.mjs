// `npm run bench -- calls|codec|compile|start-up|rpcbind|rpcbind-hostile|directory|hostile|semantics|workers|blocking|local|messages [OPTIONS]`: sets the clone and the benchmark's peers up, then runs that benchmark.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { npm, root, setUp } from "./setup.mjs";

const benchmarks = {
  calls: "build/bench/calls/main.js",
  codec: "bench/codec.mjs",
  compile: "bench/compile/main.mjs",
  "start-up": "bench/start-up/main.mjs",
  rpcbind: "build/bench/rpcbind/main.js",
  "rpcbind-hostile": "build/bench/rpcbind/hostile.js",
  directory: "build/bench/directory/main.js",
  hostile: "build/bench/hostile/main.js",
  messages: "build/bench/messages/main.js",
  local: "build/bench/local/main.js",
  blocking: "build/bench/blocking/main.js",
  semantics: "build/bench/semantics/main.js",
  workers: "build/bench/workers/main.js",
};

const [name = "", ...options] = process.argv.slice(2);
if (!Object.hasOwn(benchmarks, name)) {
  process.stderr.write(
    "usage: npm run bench -- calls [--quick] [--json FILE] [--row TEXT], or npm run bench -- codec|compile|start-up|rpcbind|rpcbind-hostile|directory|hostile|semantics|workers|blocking|local|messages\n",
  );
  process.exit(2);
}
setUp();
if (name === "calls" || name === "codec") installPeers();
const main = join(root, benchmarks[name]);
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
