// Words of other interface languages in a procedure: the error says where they belong, and a fix moves them there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";

const cases: readonly [procedure: string, hint: RegExp, fixed?: string][] = [
  [
    "oneway void NOTE(string) = 1;",
    /`\/\*\* @oneway \*\/ void NOTE\(string\) = 1;`/,
    "/** @oneway */ void NOTE(string) = 1;",
  ],
  ["stream int COUNT(int) = 1;", /@stream \*\/ int COUNT/, "/** @stream */ int COUNT(int) = 1;"],
  ["idempotent int READ(int) = 1;", /@idempotent/, "/** @idempotent */ int READ(int) = 1;"],
  ["async int ADD(int) = 1;", /the client decides/, "int ADD(int) = 1;"],
  ["deferred int ADD(int) = 1;", /the client decides/, "int ADD(int) = 1;"],
  ["int C(int) returns (int) = 1;", /`int ADD\(pair\) = 1;`/],
  ["int F(in int a) = 1;", /remove it/, "int F(int a) = 1;"],
  ["int F(out int a) = 1;", /it is a struct/],
  [
    "int F(int fd, inout data d) = 1;",
    /`\/\*\* @inout d \*\/ int F\(int fd, data d\)/,
    "/** @inout d */ int F(int fd, data d) = 1;",
  ],
  ["int L(int)[3] = 1;", /`typedef int numbers\[3\];`, then write `numbers L\(int\)`/],
  ["int G(int)[3][2] = 1;", /`typedef int \w+\[2\];`, `typedef \w+ rows\[3\];`/],
  ["string NAME(int)<80> = 1;", /`string NAME\(int\)`/, "string NAME(int) = 1;"],
  ["opaque B(int)<10> = 1;", /`typedef opaque data_2<>;`/],
];

for (const [procedure, hint, fixed] of cases) {
  test(`${procedure} is one error, whose hint says what to write`, () => {
    const text = `typedef opaque data<>;\nprogram P { version V {\n${procedure}\n} = 1; } = 0x20000001;\n`;
    const { module, diagnostics } = compileInterface({ file: "t.x", text });
    assert.equal(module, undefined);
    assert.equal(diagnostics.length, 1, diagnostics.map(({ message }) => message).join("\n"));
    const [found] = diagnostics;
    assert.match(found?.hint ?? "", hint);
    if (fixed === undefined) return;
    const edits = [...(found?.fixes?.[0]?.edits ?? [])].sort((a, b) => b.span.offset - a.span.offset);
    const after = edits.reduce(
      (now, edit) => now.slice(0, edit.span.offset) + edit.text + now.slice(edit.span.offset + edit.span.length),
      text,
    );
    // A removed word leaves its space, which `lupine fmt` removes.
    const words = (of: string): string => of.replace(/\s+/g, "");
    assert.equal(words(after), words(text.replace(procedure, fixed)));
  });
}

test("types may have the names of those words", () => {
  const text =
    "typedef int stream; typedef int in; program P { version V { stream F(in) = 1; in G(stream) = 2; } = 1; } = 0x20000001;";
  assert.deepEqual(
    compileInterface({ file: "t.x", text }).diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
});
