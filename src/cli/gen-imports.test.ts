// `lupine gen` of interfaces that need others, or codecs that are written by hand.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("./main.js", import.meta.url));
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-gen-imports-"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

function lupine(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

test("what an interface imports is generated along, from its folder and below it, and once", () => {
  write("one/a.x", '%#include "b.h"\n%#include "below/c.h"\nstruct a { b one; c two; };');
  write("one/b.x", '%#include "a.h"\nstruct b { int n; a *back; };');
  write("one/below/c.x", "struct c { int n; };");
  const { status, stdout, stderr } = lupine("gen", "one/a.x", "one/b.x");
  assert.deepEqual([status, stderr], [0, ""]);
  assert.deepEqual(lines(stdout), ["one/a.gen.ts", "one/b.gen.ts", "one/below/c.gen.ts"]);
  assert.match(read("one/a.gen.ts"), /from "\.\/below\/c\.gen\.js"/);
  assert.equal(lupine("gen", "--check", "one/a.x").status, 0);
  rmSync(join(folder, "one/below/c.gen.ts"));
  assert.equal(lupine("gen", "--check", "one/a.x").status, 1);
});

test("what lies elsewhere is not generated", () => {
  write("two/main.x", '%#include "shared.h"\nstruct s { shared one; };');
  write("other/shared.x", "struct shared { int n; };");
  assert.deepEqual(lines(lupine("gen", "-I", "other", "two/main.x").stdout), ["two/main.gen.ts"]);
  assert.ok(!existsSync(join(folder, "other/shared.gen.ts")));
});

test("what lies beside an interface and defines what it lacks is imported, with a note", () => {
  write("beside/main.x", "struct s { thing one; };");
  write("beside/things.x", "struct thing { int n; };");
  const { status, stdout, stderr } = lupine("gen", "beside/main.x");
  assert.equal(status, 0, stderr);
  assert.deepEqual(lines(stdout), ["beside/main.gen.ts", "beside/things.gen.ts"]);
  assert.match(stderr, /note\[found-beside\].*things\.x/);
});

test("types that are left to C have a module of their own, begun once and never written again", () => {
  write("open/event.x", '%#include "clock.h"\nstruct event { clock_reading at; };');
  const first = lupine("gen", "open/event.x");
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual(lines(first.stdout), ["open/event.gen.ts", "open/event.externs.ts"]);
  assert.match(first.stderr, /warning\[left-to-c\]/);
  const written = 'export { hyper as clock_reading } from "lupine/codegen/v1";\nexport type clock_reading = bigint;\n';
  write("open/event.externs.ts", written);
  const second = lupine("gen", "open/event.x");
  assert.deepEqual([second.status, second.stdout, read("open/event.externs.ts")], [0, "", written]);
  assert.equal(lupine("gen", "--check", "open/event.x").status, 0);
  rmSync(join(folder, "open/event.externs.ts"));
  assert.match(lupine("gen", "--check", "open/event.x").stderr, /event\.externs\.ts is not there/);
});

test("that module follows -o, --target and the way files name each other", () => {
  write("places/event.x", '%#include "clock.h"\nstruct event { clock_reading at; };');
  assert.deepEqual(lines(lupine("gen", "-o", "out/", "--target", "js", "places/event.x").stdout), [
    "out/event.gen.js",
    "out/event.gen.d.ts",
    "out/event.externs.js",
    "out/event.externs.d.ts",
  ]);
  assert.match(read("out/event.gen.js"), /from "\.\/event\.externs\.js"/);
  lupine("gen", "-o", "ts/", "--import-extension", "ts", "places/event.x");
  assert.match(read("ts/event.gen.ts"), /from "\.\/event\.externs\.ts"/);
  const printed = lupine("gen", "-o", "-", "places/event.x");
  assert.match(printed.stdout, /from "\.\/event\.externs\.js"/);
  assert.ok(!existsSync(join(folder, "event.externs.ts")));
});

test("lupine rpcgen begins that module too", () => {
  write("rpcgen/event.x", '%#include "clock.h"\nstruct event { clock_reading at; };');
  const { status, stdout } = lupine("rpcgen", "rpcgen/event.x");
  assert.equal(status, 0);
  assert.deepEqual(lines(stdout), ["rpcgen/event.gen.ts", "rpcgen/event.externs.ts"]);
  assert.equal(lupine("rpcgen", "rpcgen/event.x").status, 0);
});
