// Namespaces in the editor: opened again in one file and in others, and `a::b` wherever a name may stand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Editor, edit, marked, type Position, type Range } from "./client.js";

const shared = "namespace wire {\n  struct point { int x; };\n  enum color { RED = 1 };\n}\n";
const main = `#include "shared.x"
namespace wire {
  typedef hyper size3;
}
namespace other { typedef int lone; }
namespace wire { const MAX = 4; }
struct s {
  w|ire::p|oint a;
  wire::|size3 b[wire::|MAX];
};
union u switch (wire::color kind) {
  case wire::|RED: void;
};
`;

interface Place {
  readonly uri: string;
  readonly range: Range;
}

async function opened(t: Parameters<typeof edit>[0]) {
  const { text, marks } = marked(main);
  const made = await edit(t, { "shared.x": shared, "main.x": text });
  made.editor.open(made.uri("main.x"), text);
  return { ...made, text, marks: marks as readonly [Position, Position, Position, Position, Position] };
}

async function labels(editor: Editor, uri: string, at: Position): Promise<string[]> {
  const items = await editor.at<readonly { label: string }[]>("completion", uri, at);
  return items.map(({ label }) => label).sort();
}

test("a namespace is defined by each of its blocks, in this file and in those it includes", async (t) => {
  const { editor, uri, marks } = await opened(t);
  const [namespace] = marks;
  const found = await editor.at<readonly Place[]>("definition", uri("main.x"), namespace);
  assert.deepEqual(
    found.map((one) => [one.uri, one.range.start.line]),
    [
      [uri("main.x"), 1],
      [uri("main.x"), 5],
      [uri("shared.x"), 0],
    ],
  );
  const hover = await editor.at<{ contents: { value: string } }>("hover", uri("main.x"), namespace);
  assert.equal(hover.contents.value, "namespace `wire`, opened in main.x:2, main.x:6, shared.x:1");
});

test("a qualified name means the name itself: hover, definition and rename", async (t) => {
  const { editor, uri, marks } = await opened(t);
  const [, type] = marks;
  const hover = await editor.at<{ contents: { value: string } }>("hover", uri("main.x"), type);
  assert.match(hover.contents.value, /export interface point/);
  const found = await editor.at<Place>("definition", uri("main.x"), type);
  assert.deepEqual([found.uri, found.range.start], [uri("shared.x"), { line: 1, character: 9 }]);
  const { changes } = await editor.at<{ changes: Record<string, { newText: string }[]> }>(
    "rename",
    uri("main.x"),
    type,
    {
      newName: "place",
    },
  );
  assert.deepEqual([changes[uri("main.x")]?.length, changes[uri("shared.x")]?.length], [1, 1]);
});

test("renaming a namespace changes all its blocks and every place that names it, in all files", async (t) => {
  const { editor, uri, marks } = await opened(t);
  const [namespace] = marks;
  const { changes } = await editor.at<{ changes: Record<string, { newText: string }[]> }>(
    "rename",
    uri("main.x"),
    namespace,
    { newName: "net" },
  );
  assert.deepEqual([changes[uri("main.x")]?.length, changes[uri("shared.x")]?.length], [7, 1]);
  await assert.rejects(editor.at("rename", uri("main.x"), namespace, { newName: "struct" }), /word of the language/);
  const all = await editor.at<readonly Place[]>("references", uri("main.x"), namespace, {
    context: { includeDeclaration: false },
  });
  assert.equal(all.length, 5);
});

test("behind a namespace's name its own names are offered, of the kind that fits", async (t) => {
  const { editor, uri, marks } = await opened(t);
  const [, , type, bound, label] = marks;
  assert.deepEqual(await labels(editor, uri("main.x"), type), ["color", "point", "size3"]);
  assert.deepEqual(await labels(editor, uri("main.x"), bound), ["MAX", "RED"]);
  assert.deepEqual(await labels(editor, uri("main.x"), label), ["MAX", "RED"]);
});

test("within a namespace definitions are offered as outside of it", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(uri("a.x"), "namespace a {\n  \n}\n");
  const found = await labels(editor, uri("a.x"), { line: 1, character: 2 });
  assert.ok(found.includes("struct") && found.includes("program"), found.join());
});
