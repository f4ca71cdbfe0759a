// `npm start`: sets the project up, compiles the add example, and shows one remote call between two processes:
// its ten steps as they happen, and every byte of the call and of the reply.
import { fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, root, setUp } from "./setup.mjs";
import { bold, dim, Steps } from "./start/screen.mjs";
import { startWireTap } from "./start/wire-tap.mjs";

/** Milliseconds that the call and everything around it may take. */
const patience = 20_000;
const steps = 10;

const children = [];
let tap;
/** Names the bytes of a record. Made once the project is compiled. */
let explained;

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.once(signal, () => leave(code));
}
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => leave(0));

try {
  setUp();
  compileExample();
  explained = await makeExplainer();
  await withPatience(demonstrate());
} catch (error) {
  process.exitCode = 1;
  console.error(`\nnpm start failed: ${error.message}`);
} finally {
  cleanUp();
}

/** Runs the interface compiler on add.x, and compiles again when that changed the generated file. */
function compileExample() {
  const generated = join(root, "examples", "add", "add.gen.ts");
  const before = readFileSync(generated, "utf8");
  const main = join(root, "dist", "cli", "main.js");
  const { status, stderr } = spawnSync(process.execPath, [main, "gen", "add.x"], {
    cwd: join(root, "examples", "add"),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`lupine gen examples/add/add.x ended with ${status}\n${stderr}`);
  if (readFileSync(generated, "utf8") !== before) build();
}

/** What `lupine explain` uses, for the interface of the example. */
async function makeExplainer() {
  const { Explainer, formatGroups, placeGroups, splitRecords } = await import("../dist/explain/index.js");
  const { ADD_PROG } = await import("../build/examples/add/add.gen.js");
  const explainer = new Explainer({ programs: ADD_PROG.versions });
  return (record) => {
    const [message] = splitRecords(record);
    const { groups, fault } = explainer.explain(message.bytes);
    if (fault !== undefined) throw new Error(`byte ${fault.offset} of the message: ${fault.message}`);
    return formatGroups(placeGroups(message, groups));
  };
}

async function demonstrate() {
  console.log(`${bold("Lupine: one remote procedure call, add(1, 2)")}\n`);
  console.log(`    ${dim("lupine gen add.x")}  examples/add/add.x -> examples/add/add.gen.ts`);
  const screen = new Steps();
  let serverPort = 0;
  tap = await startWireTap({
    upstream: () => serverPort,
    seen: (direction, record) => show(screen, direction, record),
  });
  const server = start("server", [String(tap.port)], screen);
  const { port, rpcbind, address } = await Promise.race([server.ready, survivalOf(server)]);
  serverPort = port;
  console.log(`    ${dim("server")}            process ${server.pid}, registered at ${address} in its rpcbind`);
  const client = start("client", [rpcbind], screen);
  console.log(`    ${dim("client")}            process ${client.pid}, asks the rpcbind at ${rpcbind}\n`);
  await Promise.race([endOf(client), survivalOf(server)]);
  if (screen.count !== steps) throw new Error(`only ${screen.count} of ${steps} steps were seen`);
  console.log(`\n${dim("The bytes are those that passed between the processes. Try it yourself: see README.md.")}`);
}

/** A whole record on its way: steps 2 and 3, or 8 and 9. */
function show(screen, direction, record) {
  if (direction === "call") {
    screen.show(3, {
      place: "network",
      text: "The client's OS sends the message to the server's OS",
      lines: explained(record),
    });
  } else {
    screen.show(9, {
      place: "network",
      text: "The server's OS sends the message to the client's OS",
      lines: explained(record),
    });
  }
}

/** Starts one of the two processes and passes its steps to the screen. */
function start(name, args, screen) {
  const child = fork(join(root, "scripts", "start", `${name}.mjs`), args, {
    cwd: root,
    stdio: ["ignore", 2, 2, "ipc"],
  });
  children.push(child);
  const exited = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  const ready = new Promise((resolve) => {
    child.on("message", (message) => {
      if (message.ready !== undefined) resolve(message.ready);
      else screen.show(message.step, message);
    });
  });
  return { name, pid: child.pid, exited, ready };
}

/** @throws Error when the process ended in any other way than well. */
async function endOf({ name, exited }) {
  const outcome = await exited;
  if (outcome !== 0) throw new Error(`the ${name}'s process ended with ${outcome}`);
}

/** @throws Error as soon as a process that should go on has ended. */
async function survivalOf({ name, exited }) {
  throw new Error(`the ${name}'s process ended too early, with ${await exited}`);
}

function withPatience(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${patience / 1000} seconds`)), patience);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function cleanUp() {
  tap?.close();
  for (const child of children) child.kill();
}

function leave(code) {
  cleanUp();
  process.exit(code);
}
