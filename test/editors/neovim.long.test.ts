// The language server in a real editor: Neovim, without a window. neovim.lua does the steps of a person in it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peerTest } from "../interop/harness/peers.js";
import { runIn } from "../interop/harness/processes.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

peerTest("in Neovim an error is shown, fixed, and a type found, renamed and formatted", ["neovim"], async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-neovim-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a.x"), "struct pair { strng name<>; int a; };\ntypedef pair pairs<>;\n");
  const server = JSON.stringify([process.execPath, join(root, "dist", "cli", "main.js"), "lsp", "--stdio"]);
  const shown = join(folder, "shown.json");
  const settings = [`LUPINE_SERVER=${server}`, `LUPINE_SHOWN=${shown}`, `XDG_STATE_HOME=${folder}`];
  const script = `luafile ${join(root, "test", "editors", "neovim.lua")}`;
  const { output } = await runIn(folder, "env", [...settings, "nvim", "--headless", "--clean", "a.x", "-c", script]);
  const { hover, ...rest } = JSON.parse(readFileSync(shown, "utf8")) as { readonly hover?: { readonly value: string } };
  assert.deepEqual(
    rest,
    {
      error: "the type strng is not defined\ndid you mean `string`?",
      fixed: "struct pair { string name<>; int a; };\ntypedef pair pairs<>;",
      definition: "pair",
      renamed: "struct couple { string name<>; int a; };\ntypedef couple pairs<>;",
      formatted: "struct couple {\n  string name<>;\n  int a;\n};\n\ntypedef couple pairs<>;",
    },
    output,
  );
  assert.match(hover?.value ?? "", /export interface pair \{\n {2}name: string;/);
});
