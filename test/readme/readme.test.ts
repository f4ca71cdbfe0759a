// The README's code, run as it stands.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Rpcbind, startRpcbind } from "lupine";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const lupine = join(root, "dist", "cli", "main.js");

let folder: string;
let rpcbind: Rpcbind;
let server: ChildProcess;
let readme: string;

before(async () => {
  readme = await readFile(join(root, "README.md"), "utf8");
  // Within the package, so that the name "lupine" leads to the code under test.
  await mkdir(join(root, "build"), { recursive: true });
  folder = await mkdtemp(join(root, "build", "readme-"));
  rpcbind = await startRpcbind({ port: 0 });
  for (const [name, text] of files()) await writeFile(join(folder, name), text);
  assert.deepEqual((await run(process.execPath, [lupine, "gen", "add.x"])).stderr, "");
  await compile();
  server = spawn(process.execPath, ["server.js"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  await registered();
});
after(async () => {
  server?.kill();
  await rpcbind?.close();
  await rm(folder, { recursive: true, force: true });
});

test("the README's client gets its result from the README's server", async () => {
  const said = new Promise<string>((resolve) => server.stdout?.once("data", (text) => resolve(String(text))));
  const { stdout } = await run(process.execPath, ["client.js", "127.0.0.1", "1", "2"]);
  assert.equal(stdout, "Result:3\n");
  assert.equal(await said, "add(1,2) is called\n");
});

test("the README's error is what the README says", async () => {
  const { stdout } = await run(process.execPath, ["errors.js"]);
  const promised = /This one prints\s+`([^`]+)`/.exec(readme)?.[1];
  assert.equal(stdout, `${promised}\n`);
});

test("the README's commands print what the README shows", async () => {
  const block = /```console\n([\s\S]*?)```/.exec(readme)?.[1] as string;
  const commands = block.split(/^\$ /m).filter((text) => text !== "");
  assert.ok(commands.length >= 3);
  for (const text of commands) {
    const [command = "", ...shown] = text.split("\n");
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
    assert.deepEqual(words.slice(0, 2), ["npx", "lupine"]);
    const extra = words.includes("call") ? ["--rpcbind", rpcbind.url] : [];
    const { stdout } = await run(process.execPath, [lupine, ...words.slice(2), ...extra]);
    assert.equal(stdout, shown.join("\n"), command);
  }
});

test("the README's files are those of the template, but for comments and blank space", async () => {
  const bare = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").replace(/\s+/g, " ");
  const template = await readFile(join(root, "templates", "add", "add.x"), "utf8");
  assert.equal(bare(files().get("add.x") as string).trim(), bare(template).trim());
});

/** The blocks that name a file, told of our rpcbind in place of the machine's. */
function files(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", text = ""] of readme.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)) found.set(name, text);
  assert.deepEqual([...found.keys()], ["add.x", "server.ts", "client.ts", "errors.ts"]);
  replace(found, "server.ts", "register(server)", `register(server, { binder: "${rpcbind.url}" })`);
  replace(found, "client.ts", "(ADD_VERS, host)", `(ADD_VERS, host, { rpcbind: "${rpcbind.url}" })`);
  return found;
}

function replace(texts: Map<string, string>, name: string, from: string, to: string): void {
  const text = texts.get(name) as string;
  assert.ok(text.includes(from), `${name} has no ${from}`);
  texts.set(name, text.replace(from, to));
}

async function compile(): Promise<void> {
  const options = { target: "es2023", module: "nodenext", types: ["node"], strict: true, skipLibCheck: true };
  const lib = ["es2023", "esnext.disposable"];
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, lib }, include: ["*.ts"] }),
  );
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout, code } = await run(process.execPath, [tsc, "-p", "."]);
  assert.equal(code, 0, stdout);
}

/** Waits until the server stands in the binder. */
async function registered(): Promise<void> {
  const until = Date.now() + 10_000;
  while (rpcbind.table.find(0x23451111, 1, "tcp") === undefined) {
    if (Date.now() > until) throw new Error("the README's server has not registered");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function run(
  command: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
