// How long programs take from Node's start to their end, as multiples of an empty script: importing the library, the first reply to
// a client, and short commands.
// node bench/start-up/main.mjs [--runs N] [--json FILE]
//   --runs   runs of each program, in turn; default 21
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { values } = parseArgs({ options: { runs: { type: "string", default: "21" }, json: { type: "string" } } });
const runs = Number(values.runs);
const library = pathToFileURL(join(root, "bundle", "index.js")).href;
const cli = join(root, "bundle", "cli", "main.js");

const { report } = await import(pathToFileURL(join(root, "build/bench/report/report.js")).href);
const { duration, median, spread } = await import(pathToFileURL(join(root, "build/bench/report/statistics.js")).href);

const folder = mkdtempSync(join(tmpdir(), "lupine-start-up-"));
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
  const programs = {
    "empty script": [script("empty", "")],
    'import "lupine"': [script("import", `import ${JSON.stringify(library)};`)],
    "bare socket, first reply": [script("bare", bareText(echo.address().port))],
    "client, first reply": [script("client", clientText(address.trim()))],
    "lupine --help": [cli, "--help"],
    "lupine encode": [cli, "encode", join(root, "examples", "add", "add.x"), "numbers", '{"a":1,"b":2}'],
  };
  await report("start-up", values.json, () => measure(programs));
} finally {
  echo.close();
  server.kill();
  rmSync(folder, { recursive: true });
}

async function measure(programs) {
  const times = Object.entries(programs).map(([name, args]) => ({ name, args, taken: [] }));
  for (let run = 0; run < runs; run++) for (const { args, taken } of times) taken.push(await timeOf(args));
  const [empty] = times;
  const least = (all) => Math.min(...all);
  return {
    tables: [
      {
        title: "From Node's start to its end: least / median / most of the runs, and multiples of the empty script",
        head: ["", "time", "median / median", "least / least"],
        rows: times.map(({ name, taken }) => [
          name,
          spread(taken, duration),
          (median(taken) / median(empty.taken)).toFixed(2),
          (least(taken) / least(empty.taken)).toFixed(2),
        ]),
      },
    ],
    notes: [`${runs} runs of each program, in turn.`],
  };
}

/** In this process the echo server has to run meanwhile. */
async function timeOf(args) {
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return Number(process.hrtime.bigint() - start);
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
  const v1 = pathToFileURL(join(root, "bundle", "codegen", "v1.js")).href;
  return script("add.gen", generated.stdout.toString().replaceAll('"lupine/codegen/v1"', JSON.stringify(v1)));
}

function serverText() {
  return `import { Server } from ${JSON.stringify(library)};
    import { ADD_VERS } from ${JSON.stringify(pathToFileURL(program()).href)};
    const server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    console.log("tcp://127.0.0.1:" + address.port);`;
}

function clientText(address) {
  return `import { createClient } from ${JSON.stringify(library)};
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
