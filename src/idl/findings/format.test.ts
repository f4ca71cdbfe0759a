import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import { type FormatOptions, formatDiagnostics } from "./format.js";

function format(text: string, options?: FormatOptions): string {
  const source = { file: "dir/t.x", text };
  return formatDiagnostics(compileInterface(source).diagnostics, [source], options);
}

test("a diagnostic shows its place, its line with carets, its hint and related places", () => {
  const text = "struct s {\n\tint a;\n\tstrng b;\n};\nstruct s { int c; };\n";
  assert.equal(
    format(text),
    [
      "dir/t.x:3:2: error[undefined-name]: the type strng is not defined",
      " 3 | \tstrng b;",
      "   | \t^^^^^",
      "  hint: did you mean `string`?",
      "",
      "dir/t.x:5:8: error[duplicate-name]: s is defined twice",
      " 5 | struct s { int c; };",
      "   |        ^",
      "  hint: rename one of the two",
      "  dir/t.x:1:8: the first one is here",
      " 1 | struct s {",
      "   |        ^",
    ].join("\n"),
  );
});

test("a byte order mark and carriage returns do not shift the place", () => {
  const expected = "dir/t.x:2:1: error[syntax]: expected a definition, but found `x`";
  for (const text of ["\ufeffconst A = 1;\r\nx", "const A = 1;\rx", "\ufeffconst A = 1;\nx\r\n"]) {
    assert.equal(format(text).split("\n")[0], expected);
  }
});

test("a place at the end of the file has a caret too", () => {
  assert.match(format("struct s { int a;"), /\n 1 \| struct s \{ int a;\n {3}\| {18}\^\n/);
});

test("of a very long line only the part around the place is shown", () => {
  const text = `${"const A = 1; ".repeat(1)}${" ".repeat(5000)}x${" ".repeat(5000)}`;
  const lines = format(text).split("\n");
  assert.ok(lines.every((line) => line.length < 200));
  const [, shown = "", carets = ""] = lines;
  assert.equal(shown.indexOf("x"), carets.indexOf("^"));
});

test("a file whose text is not there shows the place alone", () => {
  const { diagnostics } = compileInterface({ file: "t.x", text: "x" });
  assert.match(formatDiagnostics(diagnostics, []), /^t\.x:1:1: error\[syntax\]: .*\n {2}hint: [^\n]*$/);
});

test("colours are there on request only", () => {
  assert.ok(!format("x").includes("\u001b"));
  assert.ok(format("x", { color: true }).includes("\u001b[31;1merror\u001b[0m"));
});

test("control characters of a file are shown, and not obeyed by the terminal", () => {
  const shown = format("struct s { int a\u001b[2J\u0000\u009b; };").split("\n");
  assert.equal(shown[1], " 1 | struct s { int a\u241b[2J\u2400\ufffd; };");
  assert.doesNotMatch(shown.join(""), /[^\P{Cc}\t]/u);
  const source = { file: "evil\u001b[2J.x", text: "x" };
  assert.ok(!formatDiagnostics(compileInterface(source).diagnostics, [source]).includes("\u001b"));
});
