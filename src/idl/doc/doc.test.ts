import assert from "node:assert/strict";
import { test } from "node:test";
import { thoroughTest } from "../../testing/count-of.test-support.js";
import { compileInterface } from "../compile.js";
import { documentIndex, documentInterface, preambleOf, sizeText, wireSize } from "./index.js";

function compile(text: string) {
  const { module, diagnostics } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined, JSON.stringify(diagnostics));
  return module;
}

/** Of the last type in a text. */
function size(text: string): string {
  const definition = compile(text).definitions.at(-1);
  assert.ok(definition !== undefined && definition.kind !== "const" && definition.kind !== "program");
  return sizeText(wireSize({ kind: "named", definition }));
}

test("sizes count padding, lengths and the shortest and longest arm", () => {
  assert.equal(size("struct s { int a; hyper b; opaque c[5]; };"), "20 bytes");
  assert.equal(size("typedef string s<5>;"), "4 to 12 bytes");
  assert.equal(size("typedef opaque s<>;"), "at least 4 bytes");
  assert.equal(size("typedef hyper s<3>;"), "4 to 28 bytes");
  assert.equal(size("typedef int *s;"), "4 to 8 bytes");
  assert.equal(size("union u switch (bool b) { case TRUE: hyper a; case FALSE: void; };"), "4 to 12 bytes");
  assert.equal(size("struct s { int a; s *next; };"), "4 bytes");
  assert.equal(size("struct t { int a; t *l; t *r; };"), "at least 12 bytes");
  assert.equal(size("quadruple_t;".replace("quadruple_t", "typedef quadruple q")), "16 bytes");
});

const text = `const MAX = 8;
/* A <b>pair</b> | of & things. */
struct pair { int a; string b<MAX>; int c; };
program P {
  version V {
    /* Does it. */
    pair P_DO(pair) = 1;
  } = 1;
} = 0x20000000;`;

test("Markdown tells of programs, types and constants, with links between them", () => {
  const page = documentInterface(compile(text), { title: "x.x" }, "md");
  assert.match(page, /^# x\.x\n/);
  assert.match(page, /\| 1 \| `P_DO` \| \[`pair`\]\(#type-pair\).*\| Does it\. \|/);
  assert.match(page, /<a id="type-pair"><\/a>/);
  assert.match(page, /\| 0 \| `a` \| `int` \| 4 bytes \|/);
  assert.match(page, /\| after `b` \| `c` \|/);
  assert.match(page, /\| `MAX` \| `8` \|/);
});

test("comments are escaped in both forms", () => {
  const md = documentInterface(compile(text), { title: "x.x" }, "md");
  assert.match(md, /A &lt;b&gt;pair&lt;\/b&gt; \\\| of &amp; things\./);
  const html = documentInterface(compile(text), { title: "<x>.x" }, "html");
  assert.match(html, /A &lt;b&gt;pair&lt;\/b&gt; \| of &amp; things\./);
  assert.match(html, /<title>&lt;x&gt;\.x<\/title>/);
});

test("HTML needs nothing else, and every link has its target", () => {
  const html = documentInterface(compile(text), { title: "x.x" }, "html");
  assert.doesNotMatch(html, /<script|https?:|src=/);
  const targets = new Set([...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
  const links = [...html.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
  assert.ok(links.length >= 4);
  for (const link of links) assert.ok(targets.has(link), link);
});

thoroughTest("thousands of types, each holding the next, are documented without recursion", () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `struct s${i} { s${i + 1} b; };`);
  const page = documentInterface(compile(`${lines.join("\n")}\nstruct s5000 { int a; };`), { title: "x.x" }, "md");
  assert.match(page, /struct s0\n\nOn the wire: 4 bytes\./);
});

test("what a file says of itself before all else is its preamble; what stands above a definition is the definition's", () => {
  assert.equal(
    preambleOf("/*\n * A service.\n *\n *   a -> b\n */\n\n/* Of A. */\nconst A = 1;"),
    "A service.\n\n  a -> b",
  );
  assert.equal(preambleOf("// One.\r\n// Two.\r\n\r\nconst A = 1;"), "One.\nTwo.");
  assert.equal(preambleOf("/* Licence. */\n%#include <a.h>\n"), "Licence.");
  assert.equal(preambleOf("/* Of A. */\nconst A = 1;"), undefined);
  assert.equal(preambleOf("const A = 1;\n\n/* Later. */\n\nconst B = 2;"), undefined);
  assert.equal(preambleOf(""), undefined);
});

test("a preamble is escaped, and stands before the contents", () => {
  const preamble = `<img src=x onerror="alert(1)">\n</main>`;
  const html = documentInterface(compile(text), { title: "x.x", preamble }, "html");
  assert.match(html, /<p class="comment">&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;\n&lt;\/main&gt;<\/p>\n<nav/);
  assert.doesNotMatch(html, /<img|onerror="/);
});

test("tables keep their roles and have labels, for those who hear the page", () => {
  const html = documentInterface(compile(text), { title: "x.x" }, "html");
  assert.match(html, /<main>/);
  assert.match(html, /<nav aria-label="Contents">/);
  assert.match(html, /<table role="table" aria-label="Fields of pair">/);
  const rows = html.match(/<t[dh] /g) ?? [];
  const marked = html.match(/<t[dh] role="(?:cell|columnheader)"/g) ?? [];
  assert.equal(rows.length, marked.length);
  assert.match(html, /<td role="cell" data-label="Offset">/);
});

test("an index lists interfaces with their programs, and imported types lead to their page or nowhere", () => {
  const listed = [{ title: "x.x", href: "x.html", module: compile(text), preamble: "First line.\nSecond." }];
  const html = documentIndex("Interfaces", listed, "html");
  assert.match(html, /<a href="x\.html">x\.x<\/a>/);
  assert.match(html, /<a href="x\.html#program-P"><code>P<\/code><\/a>/);
  assert.match(html, /First line\.</);
  const resolveInclude = () => ({ file: "far.x", text: "struct far { int a; };" });
  const { module } = compileInterface({
    file: "a.x",
    text: '%#include "far.h"\nstruct near { far f; };',
    resolveInclude,
  });
  assert.ok(module !== undefined);
  const pages = new Map([["far.x", "far.html"]]);
  assert.match(documentInterface(module, { title: "a.x", pages }, "html"), /<a href="far\.html#type-far">/);
  assert.doesNotMatch(documentInterface(module, { title: "a.x" }, "html"), /href="#type-far"/);
});
