import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Outcome, lupine as runLupine } from "../command.test-support.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-init-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lupine(...args: readonly string[]): Promise<Outcome> {
  return runLupine([...args], { cwd: folder });
}

function packageJson(): Record<string, Record<string, string>> {
  return JSON.parse(readFileSync(join(folder, "my-add", "package.json"), "utf8"));
}

test("init makes the project, tells its path, and says what to do next", async () => {
  const { code, stdout, stderr } = await lupine("init", "my-add", "--template", "add", "--no-install");
  assert.deepEqual([code, stdout], [0, "my-add\n"]);
  assert.match(stderr, /cd my-add\n {2}npm install .*\n {2}npm run server .*\n {2}npm run client -- localhost 1 2 /);
  const files = readdirSync(join(folder, "my-add"));
  for (const name of [
    "add.x",
    "add.gen.ts",
    ".gitignore",
    "server.ts",
    "client.ts",
    "add.test.ts",
    "package.json",
    "tsconfig.json",
    "README.md",
  ]) {
    assert.ok(files.includes(name), name);
  }
  assert.equal(packageJson()["name"], "my-add");
});

test("the project is generated before anything is installed, and its package.json names no tool that it needs to run", async () => {
  await lupine("init", "my-add", "--no-install");
  assert.match((await lupine("gen", "my-add/add.x")).stderr, /up to date/);
  assert.equal(packageJson()["devDependencies"], undefined);
  assert.deepEqual(Object.keys(packageJson()["optionalDependencies"] ?? {}), ["@types/node", "typescript"]);
});

test("the project depends on lupine as the folder above does when that installed a tarball", async () => {
  writeFileSync(join(folder, "lupine-0.1.0.tgz"), "");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { lupine: "file:lupine-0.1.0.tgz" } }));
  await lupine("init", "my-add", "--no-install");
  assert.equal(packageJson()["dependencies"]?.["lupine"], "file:../lupine-0.1.0.tgz");
});

test("the project depends on a clone by path, when the command runs from one", async () => {
  await lupine("init", "my-add", "--no-install");
  const spec = packageJson()["dependencies"]?.["lupine"] ?? "";
  const clone = fileURLToPath(new URL("../../..", import.meta.url));
  assert.equal(resolve(folder, "my-add", spec.replace(/^file:/, "")), resolve(clone));
});

test("a folder that is not empty, a file in its place, and an unknown template are refused, and nothing is written", async () => {
  mkdirSync(join(folder, "full"));
  writeFileSync(join(folder, "full", "notes.txt"), "");
  writeFileSync(join(folder, "file"), "");
  assert.match(
    (await lupine("init", "full", "--no-install")).stderr,
    /^lupine: full is not empty \(it has notes\.txt\)/,
  );
  assert.match((await lupine("init", "file", "--no-install")).stderr, /is not a folder/);
  const unknown = await lupine("init", "new", "--template", "nope", "--no-install");
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /there is no template "nope"; there are add, time, c-peer, directory/);
  assert.ok(!existsSync(join(folder, "new")));
  assert.deepEqual(readdirSync(join(folder, "full")), ["notes.txt"]);
});

test("a misspelt template is answered with the nearest one", async () => {
  const { code, stderr } = await lupine("init", "new", "--template", "tiem", "--no-install");
  assert.deepEqual([code, stderr], [2, 'lupine: there is no template "tiem"; did you mean "time"?\n']);
});

test("init --help and --list name every template, and each can be made", async () => {
  const list = (await lupine("init", "--list")).stdout.trim().split("\n");
  assert.deepEqual(Object.keys(JSON.parse((await lupine("init", "--list", "--json")).stdout)).length, list.length);
  for (const line of list) {
    assert.ok((await lupine("init", "--help")).stdout.includes(line), line);
    const name = line.split(" ")[0] as string;
    const { code, stderr } = await lupine("init", `my ${name}`, "--template", name, "--no-install");
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`cd 'my ${name}'`));
    assert.ok(readdirSync(join(folder, `my ${name}`)).some((file) => file.endsWith(".gen.ts")));
  }
});

test("init --list names the templates", async () => {
  assert.match((await lupine("init", "--list")).stdout, /^add +adds two numbers/);
});

test("a folder that cannot be made is reported at once, with the reason", async () => {
  writeFileSync(join(folder, "file"), "");
  const below = await lupine("init", "file/my-add", "--no-install");
  assert.deepEqual(
    [below.code, below.stderr],
    [2, "lupine: cannot make file/my-add: a part of its path is not a folder\n"],
  );
  if (process.platform !== "linux") return;
  // Node's recursive mkdir does not come to an end there.
  const inProc = await lupine("init", "/proc/my-add", "--no-install");
  assert.equal(inProc.code, 2);
  assert.match(inProc.stderr, /^lupine: cannot write \/proc\/my-add: /);
});
