// `npm run example -- NAME [ARGS]`: runs the server and then the client of an example, with what each of them prints.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root, setUp } from "./setup.mjs";

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit());

const folder = join(root, "examples");
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const [name, ...args] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`${name === undefined ? "Which example" : `There is no example "${name}"`}: ${names.join(", ")}`);
  process.exit(2);
}

setUp();
const built = join(root, "build", "examples", name);
const alone = ["machines.js", "realm.js"].map((file) => join(built, file)).find((path) => existsSync(path));
process.exitCode = alone === undefined ? await runPair() : await ended(run("", alone, args).child);

/** The server at a free port of this machine, then the client, which is given its address. */
async function runPair() {
  // The file system example exports a folder: its own.
  const exported = name === "file-system" ? [join(folder, name)] : [];
  const wanted = name === "file-system" && args.length === 0 ? ["files.x"] : args;
  const server = run("server | ", join(built, "server.js"), [...exported, "tcp://127.0.0.1:0"]);
  try {
    const address = await Promise.race([server.address, ended(server.child).then(() => undefined)]);
    if (address === undefined) return 1;
    return await ended(run("client | ", join(built, "client.js"), [address, ...wanted]).child);
  } finally {
    server.child.kill();
  }
}

/** Starts a process and prints its lines behind a label. `address`: where it says that it listens. */
function run(label, file, args) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const address = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      console.log(`${label}${line}`);
      const found = /^listening at (.+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, address };
}

function ended(child) {
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}
