// `lupine gen` of interfaces that need others, or codecs that are written by hand.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type Outcome, lupine as runLupine } from "../command.test-support.js";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-gen-imports-"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

function lupine(...args: readonly string[]): Promise<Outcome> {
  return runLupine([...args], { cwd: folder });
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

test("what an interface imports is generated along, from its folder and below it, and once", async () => {
  write("one/a.x", '%#include "b.h"\n%#include "below/c.h"\nstruct a { b one; c two; };');
  write("one/b.x", '%#include "a.h"\nstruct b { int n; a *back; };');
  write("one/below/c.x", "struct c { int n; };");
  const { code, stdout, stderr } = await lupine("gen", "one/a.x", "one/b.x");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(lines(stdout), ["one/a.gen.ts", "one/b.gen.ts", "one/below/c.gen.ts"]);
  assert.match(read("one/a.gen.ts"), /from "\.\/below\/c\.gen\.js"/);
  assert.equal((await lupine("gen", "--check", "one/a.x")).code, 0);
  rmSync(join(folder, "one/below/c.gen.ts"));
  assert.equal((await lupine("gen", "--check", "one/a.x")).code, 1);
});

test("what lies elsewhere is not generated", async () => {
  write("two/main.x", '%#include "shared.h"\nstruct s { shared one; };');
  write("other/shared.x", "struct shared { int n; };");
  assert.deepEqual(lines((await lupine("gen", "-I", "other", "two/main.x")).stdout), ["two/main.gen.ts"]);
  assert.ok(!existsSync(join(folder, "other/shared.gen.ts")));
});

test("what lies beside an interface and defines what it lacks is imported, with a note", async () => {
  write("beside/main.x", "struct s { thing one; };");
  write("beside/things.x", "struct thing { int n; };");
  const { code, stdout, stderr } = await lupine("gen", "beside/main.x");
  assert.equal(code, 0, stderr);
  assert.deepEqual(lines(stdout), ["beside/main.gen.ts", "beside/things.gen.ts"]);
  assert.match(stderr, /note\[found-beside\].*things\.x/);
});

test("types that are left to C have a module of their own, begun once and never written again", async () => {
  write("open/event.x", '%#include "clock.h"\nstruct event { clock_reading at; };');
  const first = await lupine("gen", "open/event.x");
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(lines(first.stdout), ["open/event.gen.ts", "open/event.externs.ts"]);
  assert.match(first.stderr, /warning\[left-to-c\]/);
  const written = 'export { hyper as clock_reading } from "lupine/codegen/v1";\nexport type clock_reading = bigint;\n';
  write("open/event.externs.ts", written);
  const second = await lupine("gen", "open/event.x");
  assert.deepEqual([second.code, second.stdout, read("open/event.externs.ts")], [0, "", written]);
  assert.equal((await lupine("gen", "--check", "open/event.x")).code, 0);
  rmSync(join(folder, "open/event.externs.ts"));
  assert.match((await lupine("gen", "--check", "open/event.x")).stderr, /event\.externs\.ts does not exist/);
});

test("that module follows -o, --target and the way files name each other", async () => {
  write("places/event.x", '%#include "clock.h"\nstruct event { clock_reading at; };');
  assert.deepEqual(lines((await lupine("gen", "-o", "out/", "--target", "js", "places/event.x")).stdout), [
    "out/event.gen.js",
    "out/event.gen.d.ts",
    "out/event.externs.js",
    "out/event.externs.d.ts",
  ]);
  assert.match(read("out/event.gen.js"), /from "\.\/event\.externs\.js"/);
  await lupine("gen", "-o", "ts/", "--import-extension", "ts", "places/event.x");
  assert.match(read("ts/event.gen.ts"), /from "\.\/event\.externs\.ts"/);
  const printed = await lupine("gen", "-o", "-", "places/event.x");
  assert.match(printed.stdout, /from "\.\/event\.externs\.js"/);
  assert.ok(!existsSync(join(folder, "event.externs.ts")));
});

test("lupine rpcgen begins that module too", async () => {
  write("rpcgen/event.x", '%#include "clock.h"\nstruct event { clock_reading at; };');
  const { code, stdout } = await lupine("rpcgen", "rpcgen/event.x");
  assert.equal(code, 0);
  assert.deepEqual(lines(stdout), ["rpcgen/event.gen.ts", "rpcgen/event.externs.ts"]);
  assert.equal((await lupine("rpcgen", "rpcgen/event.x")).code, 0);
});
