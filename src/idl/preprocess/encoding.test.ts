import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";

const text = "struct point { int x; int y; };\n";
const encodings: readonly (readonly [string, Uint8Array])[] = [
  ["UTF-16", Buffer.from(`\ufeff${text}`, "utf16le")],
  ["UTF-16", Buffer.from(text, "utf16le")],
  ["UTF-32", Uint8Array.from([...text].flatMap((character) => [character.charCodeAt(0), 0, 0, 0]))],
];

/** What is found in an interface that asks for types.x, which has these bytes. */
function found(main: string, bytes: string | Uint8Array): string[] {
  const resolveInclude = ({ name }: { name: string }) =>
    /^types\.[xh]$/.test(name) ? { file: "types.x", text: bytes } : undefined;
  const { diagnostics } = compileInterface({ file: "main.x", text: main, resolveInclude });
  return diagnostics.map(({ severity, code, message, hint, span }) => {
    return `${span.file}:${span.line}:${span.column} ${severity} ${code}: ${message} (${hint})`;
  });
}

describe("a file that is asked for and is not UTF-8 is one error at the place that asks for it", () => {
  for (const [encoding, bytes] of encodings) {
    const expected = `error not-utf8: types.x is ${encoding} (save it as UTF-8)`;
    test(`${encoding} in #include`, () =>
      assert.deepEqual(found('\n#include "types.x"\nconst A = 1;\n', bytes), [`main.x:2:10 ${expected}`]));
    test(`${encoding} in %#include`, () =>
      assert.deepEqual(found('%#include "types.h"\nconst A = 1;\n', bytes), [`main.x:1:11 ${expected}`]));
    test(`${encoding} in #include, as an editor has read it`, () =>
      assert.deepEqual(found('#include "types.x"\n', Buffer.from(bytes).toString("latin1")), [
        `main.x:1:10 ${expected}`,
      ]));
  }
});

test("a file in UTF-8 is no error", () => assert.deepEqual(found('#include "types.x"\n', text), []));
