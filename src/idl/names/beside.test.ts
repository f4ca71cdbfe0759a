// What an interface lacks and another one in its folder defines.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CompileResult, compileInterface } from "../compile.js";

type Files = Readonly<Record<string, string>>;

/** Compiles `main.x`, with the other files in its folder. */
function run(text: string, files: Files): CompileResult {
  const find = ({ name }: { name: string }) => {
    const found = files[name];
    return found === undefined ? undefined : { file: name, text: found };
  };
  const resolveInclude = Object.assign(find, { beside: () => Object.keys(files) });
  return compileInterface({ file: "main.x", text, resolveInclude });
}

const codes = ({ diagnostics }: CompileResult): string[] => diagnostics.map(({ code }) => code);

describe("a name that the interface does not define", () => {
  test("is taken from the one file beside it that does, with a note", () => {
    const result = run("struct s { thing t; };", {
      "a.x": "struct other { int a; };",
      "b.x": "struct thing { int a; };",
    });
    assert.deepEqual(
      result.module?.imports?.map(({ file }) => file),
      ["b.x"],
    );
    assert.deepEqual(codes(result), ["found-beside"]);
    assert.match(result.diagnostics[0]?.message ?? "", /b\.x.*thing/);
  });

  test("may be a constant, or a member of an enum", () => {
    const result = run("typedef int row[SIZE]; const B = BLUE;", {
      "a.x": "const SIZE = 3;",
      "b.x": "enum color { BLUE = 7 };",
    });
    assert.deepEqual(
      result.module?.definitions.map((one) => (one.kind === "const" ? `${one.name} = ${one.value}` : one.name)),
      ["row", "B = 7"],
    );
  });

  test("may need several files", () => {
    const result = run("struct s { one a; two b; };", { "a.x": "typedef int one;", "b.x": "typedef one two;" });
    assert.deepEqual(codes(result), ["found-beside", "found-beside"]);
    assert.equal(result.module?.imports?.length, 2);
  });

  test("may be missing in a file that was found so", () => {
    const files = { "a.x": "typedef int one;", "b.x": "struct two { one a; };" };
    assert.deepEqual(codes(run("struct s { two b; };", files)), ["found-beside", "found-beside"]);
  });

  test("is an error where two files define it", () => {
    const files = { "a.x": "typedef int thing;", "b.x": "typedef hyper thing;" };
    assert.deepEqual(codes(run("struct s { thing t; };", files)), ["undefined-name"]);
  });

  test("is an error where the other file is another version of the same interface", () => {
    const files = { "old.x": "struct s { int a; }; typedef int thing;" };
    assert.deepEqual(codes(run("struct s { thing t; };", files)), ["undefined-name"]);
  });

  test("is an error where the other file has errors itself", () => {
    assert.deepEqual(codes(run("struct s { thing t; };", { "a.x": "typedef int thing; struct {" })), [
      "undefined-name",
    ]);
  });

  test("is looked for nowhere else when nothing is missing", () => {
    let asked = 0;
    const beside = (): string[] => {
      asked++;
      return [];
    };
    const resolveInclude = Object.assign(() => undefined, { beside });
    compileInterface({ file: "main.x", text: "struct s { int a; };", resolveInclude });
    assert.equal(asked, 0);
  });
});
