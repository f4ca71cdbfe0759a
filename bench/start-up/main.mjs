// How long programs take from Node's start to their end, as multiples of an empty script: importing the library, the first reply to
// a client, and short commands. The library and the command are those of an installed package.
// node bench/start-up/main.mjs [--runs N] [--node PATH]... [--json FILE]
//   --runs   runs of each program, in turn; default 21
//   --node   an executable of Node to measure, in place of the one that runs this file; may be repeated
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "21" },
    node: { type: "string", multiple: true, default: [process.execPath] },
    json: { type: "string" },
  },
});
const runs = Number(values.runs);

const { report } = await import(pathToFileURL(join(root, "build/bench/report/report.js")).href);
const { duration, median, spread } = await import(pathToFileURL(join(root, "build/bench/report/statistics.js")).href);

const folder = mkdtempSync(join(tmpdir(), "lupine-start-up-"));
/** The command as npm installs it. Its compiled code is kept in this folder. */
const cli = join(install(), "bundle", "cli", "main.cjs");
const { NODE_OPTIONS, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, ...inherited } = process.env;
const env = { ...inherited, XDG_CACHE_HOME: join(folder, "caches") };
const withoutCache = { ...env, NODE_DISABLE_COMPILE_CACHE: "1" };

const script = (name, text) => {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
};

const echo = createServer((socket) => socket.pipe(socket).on("error", () => socket.destroy()));
const server = spawn(process.execPath, [script("server", serverText())], { stdio: ["ignore", "pipe", "inherit"] });
try {
  await once(echo.listen(0, "127.0.0.1"), "listening");
  const [address] = await once(server.stdout.setEncoding("utf8"), "data");
  const encode = [cli, "encode", join(root, "examples", "add", "add.x"), "numbers", '{"a":1,"b":2}'];
  const programs = {
    "empty script": [script("empty", "")],
    'import "lupine"': [script("import", 'import "lupine";')],
    "bare socket, first reply": [script("bare", bareText(echo.address().port))],
    "client, first reply": [script("client", clientText(address.trim()))],
    "lupine --help": [cli, "--help"],
    "lupine encode": encode,
    "lupine encode, nothing compiled": encode,
  };
  await report("start-up", values.json, () => measure(programs));
} finally {
  echo.close();
  server.kill();
  rmSync(folder, { recursive: true });
}

async function measure(programs) {
  const tables = [];
  for (const node of values.node) tables.push(await tableOf(node, programs));
  return { tables, notes: [`${runs} runs of each program, in turn.`] };
}

async function tableOf(node, programs) {
  const times = Object.entries(programs).map(([name, args]) => {
    return { name, args, env: name.endsWith("nothing compiled") ? withoutCache : env, taken: [] };
  });
  // The first run of a command keeps its compiled code.
  for (const program of times) await timeOf(node, program);
  for (let run = 0; run < runs; run++) for (const program of times) program.taken.push(await timeOf(node, program));
  const [empty] = times;
  const least = (all) => Math.min(...all);
  const { stdout: version } = spawnSync(node, ["--version"], { encoding: "utf8" });
  const title = "From Node's start to its end: least / median / most of the runs, and multiples of the empty script";
  return {
    title: values.node.length > 1 ? `Node ${version.trim()}. ${title}` : title,
    head: ["", "time", "median / median", "least / least"],
    rows: times.map(({ name, taken }) => [
      name,
      spread(taken, duration),
      (median(taken) / median(empty.taken)).toFixed(2),
      (least(taken) / least(empty.taken)).toFixed(2),
    ]),
  };
}

/** In this process the echo server has to run meanwhile. */
async function timeOf(node, { args, env }) {
  const start = process.hrtime.bigint();
  const child = spawn(node, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return Number(process.hrtime.bigint() - start);
}

/** Packs the package, and installs it. @returns its folder */
function install() {
  const packed = join(folder, "packed");
  mkdirSync(packed);
  npm(root, "pack", "--silent", "--ignore-scripts", "--pack-destination", packed);
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  npm(folder, "install", "--silent", "--offline", "--ignore-scripts", join(packed, `lupine-${version}.tgz`));
  return join(folder, "node_modules", "lupine");
}

function npm(cwd, ...args) {
  const { status } = spawnSync("npm", [...args, "--no-audit", "--no-fund"], { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} ended with ${status}`);
}

function program() {
  const generated = spawnSync(process.execPath, [
    cli,
    "gen",
    "--target",
    "js",
    "-o",
    "-",
    join(root, "examples", "add", "add.x"),
  ]);
  return script("add.gen", generated.stdout.toString());
}

function serverText() {
  return `import { Server } from "lupine";
    import { ADD_VERS } from ${JSON.stringify(pathToFileURL(program()).href)};
    const server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    console.log("tcp://127.0.0.1:" + address.port);`;
}

function clientText(address) {
  return `import { createClient } from "lupine";
    import { ADD_VERS } from "./add.gen.mjs";
    const client = createClient(ADD_VERS, ${JSON.stringify(address)});
    await client.add({ a: 1, b: 2 });
    process.exit(0);`;
}

function bareText(port) {
  return `import { connect } from "node:net";
    const socket = connect(${port}, "127.0.0.1", () => socket.write("hello"));
    socket.once("data", () => process.exit(0));`;
}
