import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Outcome, lupine as runLupine } from "../command.test-support.js";

const main = fileURLToPath(new URL("../main.js", import.meta.url));
const add = "struct intpair { int a; int b; };\n";
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-gen-"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

function lupine(...args: readonly string[]): Promise<Outcome> {
  return runLupine([...args], { cwd: folder });
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

test("gen writes the file beside the interface, tells its path, and leaves it alone when nothing changed", async () => {
  write("add.x", add);
  const first = await lupine("gen", "add.x");
  assert.deepEqual([first.code, first.stdout, first.stderr], [0, "add.gen.ts\n", ""]);
  assert.match(read("add.gen.ts"), /export interface intpair/);
  const { mtimeMs } = statSync(join(folder, "add.gen.ts"));
  const second = await lupine("gen", "add.x");
  assert.deepEqual([second.code, second.stdout], [0, ""]);
  assert.equal(statSync(join(folder, "add.gen.ts")).mtimeMs, mtimeMs);
});

test("gen --check ends with 1 and shows the first difference when a file is stale or missing, and writes nothing", async () => {
  write("stale.x", add);
  assert.equal((await lupine("gen", "--check", "stale.x")).code, 1);
  await lupine("gen", "stale.x");
  assert.equal((await lupine("gen", "--check", "stale.x")).code, 0);
  write("stale.x", add.replace("int b", "hyper b"));
  const text = read("stale.gen.ts");
  const { code, stdout, stderr } = await lupine("gen", "--check", "stale.x");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /stale\.gen\.ts is stale: line \d+ .*\n {2}- .*\n {2}\+ /);
  assert.match(stderr, /Run: lupine gen stale\.x/);
  assert.equal(read("stale.gen.ts"), text);
});

test("gen -o takes a file, a folder that is there or is to be made, and - for standard output", async () => {
  write("out.x", add);
  assert.equal((await lupine("gen", "-o", "made/", "out.x")).stdout, "made/out.gen.ts\n");
  assert.equal((await lupine("gen", "-o", "made", "out.x")).code, 0);
  assert.equal((await lupine("gen", "-o", "named.ts", "out.x")).stdout, "named.ts\n");
  assert.equal((await lupine("gen", "-o", "-", "out.x")).stdout, read("named.ts"));
});

test("gen leaves a file that it did not make as it was, under its default name too, and --force overwrites it", async () => {
  write("mine.x", add);
  write("mine.gen.ts", "// my own notes\n");
  const refused = await lupine("gen", "mine.x");
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /mine\.gen\.ts was not made by Lupine and was not overwritten: .*--force/);
  assert.equal(read("mine.gen.ts"), "// my own notes\n");
  assert.equal((await lupine("gen", "--force", "mine.x")).stdout, "mine.gen.ts\n");
  assert.match(read("mine.gen.ts"), /export interface intpair/);
});

test("gen refuses a pipe under the name of its output, and does not wait for a reader", async () => {
  write("pipe.x", add);
  assert.equal(spawnSync("mkfifo", [join(folder, "pipe.gen.ts")]).status, 0);
  for (const args of [[], ["--force"]]) {
    const { code, stderr } = await lupine("gen", ...args, "pipe.x");
    assert.equal(code, 1);
    assert.match(stderr, /pipe\.gen\.ts is not a regular file and was not overwritten: remove it, or give another/);
  }
});

test("contradictory options and targets are wrong usage", async () => {
  write("one.x", add);
  for (const args of [
    ["--check", "--watch", "one.x"],
    ["-o", "-", "one.x", "add.x"],
    ["-o", "neither", "one.x"],
    ["-o", "both.ts", "one.x", "add.x"],
    ["one.x", "./one.x"],
  ]) {
    const { code, stdout, stderr } = await lupine("gen", ...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, /^lupine: /);
  }
});

test("errors in one interface are told with their place, and keep no other from being generated", async () => {
  write("bad.x", "struct bad {\n  nothing a;\n};\n");
  write("good.x", add);
  const { code, stdout, stderr } = await lupine("gen", "bad.x", "missing.x", "good.x");
  assert.deepEqual([code, stdout], [2, "good.gen.ts\n"]);
  assert.match(stderr, /bad\.x:2:3/);
  assert.match(stderr, /cannot read missing\.x: there is no such file/);
});

test("gen --scaffold makes a project around the interface and leaves every file that is there", async () => {
  write("client.ts", "// mine\n");
  const { code, stdout, stderr } = await lupine("gen", "--scaffold", "add.x");
  assert.deepEqual([code, stdout], [0, "server.ts\npackage.json\ntsconfig.json\n"]);
  assert.match(stderr, /client\.ts already exists/);
  assert.equal(read("client.ts"), "// mine\n");
});

test("gen --watch generates after each change, also one saved by renaming, survives errors, and ends with Ctrl-C", async () => {
  write("watched.x", add);
  const child = spawn(process.execPath, [main, "gen", "--watch", "watched.x"], { cwd: folder });
  try {
    const output = collect(child);
    await output.until(/watching watched\.x/);
    write("watched.x", "struct broken {\n");
    await output.until(/watched\.x has errors/);
    write("watched.tmp", add.replace("intpair", "renamed"));
    renameSync(join(folder, "watched.tmp"), join(folder, "watched.x"));
    await output.until(/watched\.gen\.ts\n.*watched\.gen\.ts\n/s);
    assert.match(read("watched.gen.ts"), /export interface renamed/);
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGINT");
    assert.equal(await ended, 130);
  } finally {
    child.kill("SIGKILL");
  }
});

/** All output of a child, and a way to wait for a part of it. */
function collect(child: ChildProcess): { until(pattern: RegExp): Promise<void> } {
  let text = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      text += String(chunk);
      for (const look of waiting) look();
    });
  }
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${pattern} in:\n${text}`)), 20_000);
      const look = (): void => {
        if (!pattern.test(text)) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { until };
}
