// Runs an editor that a script steers, on a small interface with one misspelt type; the script writes what the editor shows.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runIn } from "../interop/harness/processes.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The command line of an editor that runs this script of test/editors on the file a.x. */
export type EditorCommand = (script: string) => readonly string[];

/** Holds what the editor shows after each step equal to what every editor shows. Returns the rest. */
export async function tryInEditor(
  t: TestContext,
  script: string,
  command: EditorCommand,
): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-editor-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a.x"), "struct pair { strng name<>; int a; };\ntypedef pair pairs<>;\n");
  const server = JSON.stringify([process.execPath, join(root, "dist", "cli", "main.js"), "lsp", "--stdio"]);
  const shown = join(folder, "shown.json");
  const settings = [`LUPINE_SERVER=${server}`, `LUPINE_SHOWN=${shown}`, `XDG_STATE_HOME=${folder}`, `HOME=${folder}`];
  const { output } = await runIn(folder, "env", [...settings, ...command(join(root, "test", "editors", script))]);
  assert.ok(existsSync(shown), `the editor ended before its script:\n${output}`);
  const { error, fixed, definition, renamed, formatted, ...rest } = JSON.parse(readFileSync(shown, "utf8"));
  assert.match(
    error ?? "",
    /the type strng is not defined\ndid you mean `string`\?$/,
    `${JSON.stringify(rest)}\n${output}`,
  );
  assert.deepEqual(
    { fixed: fixed?.trimEnd(), definition, renamed: renamed?.trimEnd(), formatted: formatted?.trimEnd() },
    {
      fixed: "struct pair { string name<>; int a; };\ntypedef pair pairs<>;",
      definition: "pair",
      renamed: "struct couple { string name<>; int a; };\ntypedef couple pairs<>;",
      formatted: "struct couple {\n  string name<>;\n  int a;\n};\n\ntypedef couple pairs<>;",
    },
    `${JSON.stringify(rest)}\n${output}`,
  );
  return rest;
}
