import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { lupine } from "./run.js";

test("the reference has a row for each flag that rpcgen's help shows", async () => {
  const reference = await readFile(new URL("../../../docs/reference/rpcgen.md", import.meta.url), "utf8");
  const { stdout } = await lupine(["rpcgen", "--help"]);
  const flags = [...stdout.matchAll(/^ {2}-([A-Za-z])\b/gm)].map(([, flag]) => flag as string);
  assert.ok(flags.length > 20, stdout);
  for (const flag of flags) {
    const rows = flag === "S" ? ["Sc", "Ss", "Sm"] : [flag];
    for (const row of rows) assert.match(reference, new RegExp(`^\\| \`-${row}[ \`]`, "m"), `-${row}`);
  }
});
