import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Compilations } from "./compilations.js";
import { readIfFile, readInterfaceBytes } from "./read-file.js";

let folder: string;
const search = { folders: [], symbols: {}, imports: [], externs: {} };
const path = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-compilations-"));
  writeFileSync(path("a.x"), '%#include "c.h"\nstruct a { c one; };');
  writeFileSync(path("b.x"), '%#include "c.h"\n%#include "a.h"\nstruct b { c one; a two; };');
  writeFileSync(path("c.x"), "struct c { hyper n; };");
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Compilations of one run, and the files that they read and parse, each time one is read or parsed. */
function counted(): { compilations: Compilations; read: string[]; parsed: string[] } {
  const read: string[] = [];
  const parsed: string[] = [];
  const compilations = new Compilations({
    onParse: (file) => parsed.push(file),
    source(file) {
      read.push(file);
      return readInterfaceBytes(file);
    },
    included(file) {
      const bytes = readIfFile(file);
      if (bytes !== undefined) read.push(file);
      return bytes;
    },
  });
  return { compilations, read, parsed };
}

test("a file is read and parsed once in a run, however many interfaces import it or are compiled again", () => {
  const { compilations, read, parsed } = counted();
  for (const name of ["a.x", "b.x", "c.x", "a.x"]) assert.ok(compilations.compile(path(name), search).module);
  assert.deepEqual(read.sort(), ["a.x", "b.x", "c.x"].map(path));
  assert.deepEqual(parsed.sort(), ["a.x", "b.x", "c.x"].map(path));
});

test("a file in the same folder that is needed is parsed once, although it is tried first", () => {
  const { compilations, parsed } = counted();
  mkdirSync(path("beside"));
  writeFileSync(path("beside/one.x"), "struct one { two a; three b; };");
  writeFileSync(path("beside/two.x"), "struct two { three b; };");
  writeFileSync(path("beside/three.x"), "struct three { int n; };");
  for (const name of ["one", "two"]) assert.ok(compilations.compile(path(`beside/${name}.x`), search).module);
  assert.deepEqual(
    parsed.sort(),
    ["one", "three", "two"].map((name) => path(`beside/${name}.x`)),
  );
});

test("a file is parsed again for other symbols, and if a file that it includes was written", () => {
  const { compilations, parsed } = counted();
  writeFileSync(path("f.x"), '#include "g.x"\n#ifdef WIDE\ntypedef hyper f;\n#else\ntypedef g f;\n#endif');
  writeFileSync(path("g.x"), "typedef int g;");
  const kindOf = (symbols: Record<string, string>): unknown =>
    compilations
      .compile(path("f.x"), { ...search, symbols })
      .module?.definitions.find(({ name }) => name === "f" || name === "h")?.name;
  assert.equal(kindOf({}), "f");
  assert.equal(kindOf({ WIDE: "1" }), "f");
  assert.deepEqual(parsed, [path("f.x"), path("f.x")]);
  writeFileSync(path("g.x"), "typedef int h; typedef h g;");
  compilations.forget(path("g.x"));
  assert.equal(kindOf({}), "h");
  assert.deepEqual(parsed, [path("f.x"), path("f.x"), path("f.x")]);
});

test("findings of a shared file are reported each time", () => {
  const { compilations, parsed } = counted();
  writeFileSync(path("bad.x"), "struct bad { int a int b; };");
  writeFileSync(path("h.x"), '%#include "bad.h"\nstruct h { bad one; };');
  writeFileSync(path("i.x"), '%#include "bad.h"\nstruct i { bad one; };');
  const found = ["h.x", "i.x", "bad.x"].map((name) => compilations.compile(path(name), search).diagnostics);
  for (const one of found) assert.deepEqual(one, found[2]);
  assert.equal(found[2]?.length, 1);
  assert.equal(parsed.length, 3);
});

test("an interface is compiled once for the same search and mapping, and again for others", () => {
  const { compilations } = counted();
  const first = compilations.compile(path("c.x"), search, { mapping: { hyper: "number" } });
  assert.equal(compilations.compile(path("c.x"), search, { mapping: { hyper: "number" } }), first);
  assert.notEqual(compilations.compile(path("c.x"), search, { mapping: {} }), first);
  assert.notEqual(compilations.compile(path("c.x"), { ...search }, { mapping: { hyper: "number" } }), first);
});

test("the paths that were asked for include those where there is no file", () => {
  const { compilations } = counted();
  mkdirSync(path("inc"));
  writeFileSync(path("inc/d.x"), "struct d { int n; };");
  writeFileSync(path("e.x"), '%#include "d.h"\nstruct e { d one; };');
  assert.ok(compilations.compile(path("e.x"), { ...search, folders: [path("inc")] }).module);
  assert.deepEqual([...compilations.askedFor(path("e.x"))], [path("d.x"), path("inc/d.x")]);
  compilations.compile(path("a.x"), search);
  compilations.compile(path("b.x"), search);
  assert.ok(compilations.askedFor(path("b.x")).has(path("c.x")), "it was read before");
  assert.equal(compilations.askedFor(path("c.x")).size, 0);
});

test("a file that cannot be read, or is binary, is refused", () => {
  const { compilations } = counted();
  assert.throws(() => compilations.compile(path("missing.x"), search), /cannot read/);
  writeFileSync(path("binary.x"), Buffer.from([0, 1, 2, 0, 0, 3]));
  assert.throws(() => compilations.compile(path("binary.x"), search), /binary/);
});
