// `npm run bench -- NAME [OPTIONS]`: sets the clone and the benchmark's peers up, then runs that benchmark.
// `npm run bench -- all`: runs all that docs/benchmarks.md has tables of, and writes the tables anew.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { npm, root, setUp } from "./setup.mjs";

/** Each benchmark's program; those with `all` run in `npm run bench -- all`, with these options. */
const benchmarks = {
  calls: { program: "build/bench/calls/main.js", all: [] },
  codec: { program: "bench/codec.mjs", all: ["30"] },
  latency: { program: "build/bench/latency/main.js", all: [] },
  growth: { program: "build/bench/growth/main.js", all: [] },
  graph: { program: "build/bench/graph/main.js", all: [] },
  dce: { program: "build/bench/dce/main.js", all: [] },
  security: { program: "build/bench/security/main.js", all: [] },
  memory: { program: "build/bench/memory/main.js", all: [] },
  semantics: { program: "build/bench/semantics/main.js", all: [] },
  messages: { program: "build/bench/messages/main.js", all: [] },
  local: { program: "build/bench/local/main.js", all: [] },
  blocking: { program: "build/bench/blocking/main.js", all: [] },
  workers: { program: "build/bench/workers/main.js", all: [] },
  "web-server": { program: "build/bench/web-server/main.js", all: [] },
  "start-up": { program: "bench/start-up/main.mjs", all: [] },
  compile: { program: "bench/compile/main.mjs", all: ["--rounds", "3"] },
  rpcbind: { program: "build/bench/rpcbind/main.js", all: ["--rounds", "3"] },
  hostile: { program: "build/bench/hostile/main.js", all: [] },
  "rpcbind-hostile": { program: "build/bench/rpcbind/hostile.js" },
  directory: { program: "build/bench/directory/main.js" },
};

const [name = "", ...options] = process.argv.slice(2);
if (name !== "all" && !Object.hasOwn(benchmarks, name)) {
  process.stderr.write(
    `usage: npm run bench -- all, or npm run bench -- ${Object.keys(benchmarks).join("|")} [OPTIONS]\n` +
      "Most take --rounds N and --json FILE. docs/benchmarks.md says what each measures.\n",
  );
  process.exit(2);
}
setUp();
if (["all", "calls", "codec", "messages"].includes(name)) installPeers();
process.exitCode = name === "all" ? await runAll() : run(name, options);

function run(name, options) {
  const main = join(root, benchmarks[name].program);
  return spawnSync(process.execPath, [main, ...options], { cwd: root, stdio: "inherit" }).status ?? 1;
}

async function runAll() {
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const chosen = Object.keys(benchmarks).filter((each) => benchmarks[each].all !== undefined);
  const failed = chosen.filter((each, i) => {
    process.stderr.write(`\n[${i + 1} of ${chosen.length}] ${each}\n`);
    return run(each, [...benchmarks[each].all, "--json", join(folder, `${each}.json`)]) !== 0;
  });
  const { writeTables } = await import("./benchmark-tables.mjs");
  await writeTables();
  if (failed.length === 0) return 0;
  process.stderr.write(`These failed, and keep the tables that they had: ${failed.join(", ")}.\n`);
  return 1;
}

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
