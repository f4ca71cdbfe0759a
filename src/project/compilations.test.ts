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

/** Compilations of one run, and the files that they read, each time one is read. */
function counted(): { compilations: Compilations; read: string[] } {
  const read: string[] = [];
  const compilations = new Compilations({
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
  return { compilations, read };
}

test("a file is read once in a run, however many interfaces import it or are compiled again", () => {
  const { compilations, read } = counted();
  for (const name of ["a.x", "b.x", "c.x", "a.x"]) assert.ok(compilations.compile(path(name), search).module);
  assert.deepEqual(read.sort(), ["a.x", "b.x", "c.x"].map(path));
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
