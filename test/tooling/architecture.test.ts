// ARCHITECTURE.md says of the rooms what the linter enforces, and the rooms are the folders of src/.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

interface Row {
  readonly imports: readonly string[] | "all";
  readonly types?: readonly string[];
  readonly generated?: readonly string[];
}

const root = new URL("../../../", import.meta.url);
const { rooms, mayImport } = (await import(new URL("scripts/rooms.mjs", root).href)) as {
  rooms: Record<string, Row>;
  mayImport(room: string): string;
};
const page = readFileSync(new URL("ARCHITECTURE.md", root), "utf8");
const names = Object.keys(rooms);

/** The rooms of each line of the drawing, the highest first. */
function drawnLines(): string[][] {
  const drawing = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  return drawing
    .split("\n")
    .map((line) => line.slice(0, "project       dynamic         ".length).trim().split(/\s+/))
    .filter(([first = ""]) => first !== "" && first !== "-");
}

test("each folder of src/ is a room of the linter's table, and each room a folder", () => {
  const folders = readdirSync(new URL("src", root), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const inSource = [...folders.map(({ name }) => name), "index", "codegen/v1"];
  assert.deepEqual([...names].sort(), inSource.sort());
});

test("the table of ARCHITECTURE.md is the linter's", () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9/-]+)` \| .+? \| ([^|]+) \|$/gm)].filter(
    ([, room = ""]) => room in rooms,
  );
  const told = Object.fromEntries(rows.map(([, room = "", text]) => [room, text]));
  assert.deepEqual(told, Object.fromEntries(names.map((room) => [room, mayImport(room)])));
});

test("the drawing of ARCHITECTURE.md has each room once, above all rooms that it may import", () => {
  const lines = drawnLines();
  assert.deepEqual(lines.flat().sort(), [...names].sort());
  const height = new Map(lines.flatMap((line, i) => line.map((room) => [room, -i] as const)));
  for (const room of names) {
    const { imports, types = [], generated = [] } = rooms[room] as Row;
    const below = imports === "all" ? names.filter((other) => other !== room) : [...imports, ...types, ...generated];
    for (const other of below) {
      assert.ok((height.get(other) ?? 0) < (height.get(room) ?? 0), `${room} may import ${other}, and is not above it`);
    }
  }
});
