// Sizes as people read them, by hand from RFC 4506 section 4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import { sizeText, wireSize } from "./size.js";

function sizeOf(text: string, name: string): string {
  const { module, diagnostics } = compileInterface({ file: "a.x", text });
  const definition = module?.definitions.find((one) => one.name === name);
  assert.ok(definition !== undefined && definition.kind !== "const" && definition.kind !== "program", `${diagnostics}`);
  return sizeText(wireSize({ kind: "named", definition }));
}

test("types of one size have that size, padding counted", () => {
  assert.equal(sizeOf("struct s { int a; hyper b; double c; bool d; quadruple e; };", "s"), "40 bytes");
  assert.equal(sizeOf("typedef opaque five[5];", "five"), "8 bytes");
  assert.equal(sizeOf("typedef int three[3]; struct s { three a[2]; };", "s"), "24 bytes");
  assert.equal(sizeOf("enum e { A = 1 };", "e"), "4 bytes");
});

test("bounds give the most, and the least is an empty one", () => {
  assert.equal(sizeOf("typedef string name<255>;", "name"), "4 to 260 bytes");
  assert.equal(sizeOf("typedef opaque data<1025>; struct s { data a; int b; };", "s"), "8 to 1036 bytes");
  assert.equal(sizeOf("typedef hyper some<10>;", "some"), "4 to 84 bytes");
  assert.equal(sizeOf("typedef int *maybe;", "maybe"), "4 to 8 bytes");
});

test("a type that is written by hand may be of any size", () => {
  assert.equal(sizeOf('%#include "c.h"\ntypedef elsewhere t;', "t"), "any number of bytes");
  assert.equal(sizeOf('%#include "c.h"\nstruct s { int a; elsewhere b; };', "s"), "at least 4 bytes");
});

test("a linked list may hold itself in an array too", () => {
  assert.equal(sizeOf("struct s { int a; s many<8>; s *next; };", "s"), "at least 8 bytes");
  assert.equal(sizeOf("struct s { int a; s *next; }; struct t { s two[2]; };", "t"), "at least 16 bytes");
});

test("what nothing limits has no most", () => {
  assert.equal(sizeOf("typedef string name<>;", "name"), "at least 4 bytes");
  assert.equal(sizeOf("struct tree { int a; tree *left; tree *right; };", "tree"), "at least 12 bytes");
  assert.equal(sizeOf("struct entry { hyper a; entry *next; }; typedef entry *all;", "all"), "at least 4 bytes");
  assert.equal(
    sizeOf("struct entry { hyper a; entry *next; }; struct all { entry some; };", "all"),
    "at least 12 bytes",
  );
});

test("a union takes its smallest and its largest arm, round recursion too", () => {
  assert.equal(
    sizeOf("union u switch (int i) { case 0: void; case 1: hyper a; default: opaque b<3>; };", "u"),
    "4 to 12 bytes",
  );
  const text = "union u switch (int i) { case 0: s a; case 1: opaque b[100]; };\nstruct s { u inner; int c; };";
  assert.equal(sizeOf(text, "u"), "at least 104 bytes");
  assert.equal(sizeOf(text, "s"), "at least 108 bytes");
});

test("many types that each hold the one before twice are measured at once", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `struct s${i + 1} { s${i} a; s${i} b; };`);
  const text = ["struct s0 { int a; };", ...lines].join("\n");
  assert.equal(sizeOf(text, "s40"), `${4 * 2 ** 40} bytes`);
});
