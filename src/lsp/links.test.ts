import assert from "node:assert/strict";
import { test } from "node:test";
import { linksOf } from "./links.js";
import { definition } from "./navigation.js";
import { sourceFile } from "./source-file.js";
import { Workspace } from "./workspace.js";

function linked(text: string): string[] {
  return linksOf(sourceFile("file:///f/a.x", text), []).map(({ name, start, end }) => {
    assert.equal(text.slice(start, end), name);
    return name;
  });
}

test("a file is linked to what it includes and imports", () => {
  assert.deepEqual(linked('#include "a.x"\r\n # include <b.x>\n%#include "c.h"\nimport "d.x";\n'), [
    ...["a.x", "b.x", "c.h", "d.x"],
  ]);
});

test("comments, other headers and unfinished lines are no links", () => {
  assert.deepEqual(linked('/*\n#include "a.x"\n*/\n%#include <stdio.c>\n#include "b.x\nimport c.x;\n'), []);
});

test("a name of an imported file has a definition in every way of importing", () => {
  for (const line of ['import "types.x";', '%#include "types.h"', '#include "types.x"']) {
    const workspace = new Workspace();
    workspace.open("file:///f/types.x", "struct stamp { int n; };", 1);
    const { path, text } = workspace.open("file:///f/main.x", `${line}\ntypedef stamp when;\n`, 1);
    const found = definition(workspace, path, text.indexOf("stamp"));
    assert.deepEqual(found, {
      uri: "file:///f/types.x",
      range: { start: { line: 0, character: 7 }, end: { line: 0, character: 12 } },
    });
  }
});
