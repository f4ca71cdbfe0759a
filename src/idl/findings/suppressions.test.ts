import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import { lintInterface } from "../lint/lint.js";
import type { Level } from "./suppressions.js";

const union = "union area switch (shape kind) {\ncase CIRCLE: double radius;\n};\n";
const shape = "enum shape { CIRCLE = 0, LINE = 1 };\n";
const char = "struct person { char *name; };\n";

function told(text: string, levels: readonly (readonly [string, Level])[] = []): string[] {
  const { diagnostics, module } = compileInterface({ file: "x.x", text, levels: new Map(levels) });
  const found = diagnostics.map(({ severity, code }) => `${severity} ${code}`);
  assert.equal(
    module === undefined,
    found.some((one) => one.startsWith("error")),
  );
  return found;
}

test("a comment silences a warning of the compiler on its line, on the line below, or in the file", () => {
  assert.deepEqual(told(shape + union), ["warning missing-case"]);
  assert.deepEqual(told(`${shape}/* lupine-ignore missing-case: a line is never sent */\n${union}`), []);
  assert.deepEqual(told(`${char.trim()} // lupine-ignore char-pointer: the peer has it so\n`), []);
  assert.deepEqual(
    told(`/* lupine-ignore-file missing-case, char-pointer: as they are */\n${char}${shape}${union}`),
    [],
  );
  assert.deepEqual(told(`/* lupine-ignore missing-case: another one */\n${char}`), ["warning char-pointer"]);
});

test("a level turns a warning off, or makes an error of it; errors stay errors", () => {
  assert.deepEqual(told(char, [["char-pointer", "off"]]), []);
  assert.deepEqual(told(char, [["char-pointer", "error"]]), ["error char-pointer"]);
  assert.deepEqual(told("typedef foo bar;", [["undefined-name", "off"]]), ["error undefined-name"]);
  assert.deepEqual(told("/* lupine-ignore undefined-name: no */\ntypedef foo bar;"), ["error undefined-name"]);
});

test("a note is silenced, too", () => {
  assert.deepEqual(told("#pragma ident x\nconst A = 1;"), ["note ignored"]);
  assert.deepEqual(told("/* lupine-ignore ignored: as the others have it */\n#pragma ident x\nconst A = 1;"), []);
});

test("the linter takes the codes of warnings in comments for what they are", () => {
  const text = "/* lupine-ignore-file char-pointer: the peer has it so */\nstruct person { char *name; };\n";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  assert.deepEqual(lintInterface({ file: "x.x", text, module }), []);
});

test("a comment silences what is found in the comments between it and the code below", () => {
  const ignore = (code: string): string => `/* lupine-ignore ${code}: as the others have it */\n`;
  const nested = "/* one\n/* two */\n";
  assert.deepEqual(told(`${nested}const A = 1;\n`), ["warning comment-in-comment"]);
  assert.deepEqual(told(`${ignore("comment-in-comment")}${nested}const A = 1;\n`), []);
  assert.deepEqual(told(`${ignore("comment-in-comment")}const A = 1;\n${nested}const B = 1;\n`), [
    "warning comment-in-comment",
  ]);
  for (const text of ["// one\n", "// one\nconst B = 2;\n", "/* zero */\n\n// one\nconst B = 2; // two\n"]) {
    const file = `const A = 1;\n${ignore("rpcgen-cannot-read")}${text}`;
    const { module } = compileInterface({ file: "x.x", text: file });
    assert.ok(module !== undefined);
    assert.deepEqual(lintInterface({ file: "x.x", text: file, module }), []);
  }
});

test("a comment in a comment on one line is a warning, too", () => {
  assert.deepEqual(told("/* one /* two */\nconst A = 1;\n"), ["warning comment-in-comment"]);
  assert.deepEqual(told("/* all of src/*.c and src/* */\nconst A = 1;\n"), []);
});
