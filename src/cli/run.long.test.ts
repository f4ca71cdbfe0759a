import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("./main.js", import.meta.url));
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine run-"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

function run(text: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  writeFileSync(join(folder, "program.ts"), text);
  return spawnSync(process.execPath, [main, "run", "program.ts", ...args], { cwd: folder, encoding: "utf8" });
}

test("run gives a TypeScript program its arguments, options too, as Node does", () => {
  const { status, stdout } = run("console.log(process.argv.slice(2) satisfies string[]);", "a b", "--json", "-h");
  assert.deepEqual([status, stdout], [0, "[ 'a b', '--json', '-h' ]\n"]);
});

test("run takes await using, enums, and imports of .js that are .ts, in a folder where nothing is installed", () => {
  writeFileSync(join(folder, "other.ts"), "export enum Colour { RED = 7 }");
  const { status, stdout, stderr } = run(`
    import { createClient, Server } from "lupine";
    import { int } from "lupine/xdr";
    import { Colour } from "./other.js";
    {
      await using server = new Server();
      const { address } = await server.listen("tcp://127.0.0.1:0");
      console.log(Colour.RED, typeof createClient, int.shape.kind, typeof address);
    }
    console.log("closed");`);
  assert.deepEqual([status, stdout], [0, "7 function int object\nclosed\n"], stderr);
});

test("run ends with the program's exit code, and with 1 and the error for one that is not caught", () => {
  assert.equal(run("process.exitCode = 3;").status, 3);
  const { status, stderr } = run("setInterval(() => {}, 1000);\nthrow new RangeError('too far');");
  assert.equal(status, 1);
  assert.match(stderr, /^RangeError: too far\n +at .*program\.ts:2/);
});

test("run shows an error of the library in one line, and its stack with LUPINE_DEBUG", () => {
  const text = `import { openDirectory } from "lupine/directory";
    await openDirectory("tcp://127.0.0.1:1");`;
  const { status, stdout, stderr } = run(text);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^DirectoryError DIRECTORY_UNREACHABLE: .*nothing listens there.*\(at program\.ts:2\)\n$/);
  process.env["LUPINE_DEBUG"] = "1";
  try {
    assert.match(run(text).stderr, /^DirectoryError: .*\n +at /);
  } finally {
    delete process.env["LUPINE_DEBUG"];
  }
});

test("run of a file that does not exist is wrong usage", () => {
  const { status, stderr } = spawnSync(process.execPath, [main, "run", "nope.ts"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [2, "lupine: nope.ts is not a file\n"]);
});
