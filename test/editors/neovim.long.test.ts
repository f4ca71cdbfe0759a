// The language server in a real editor: Neovim, without a window. neovim.lua does the steps of a person in it.
import assert from "node:assert/strict";
import { peerTest } from "../interop/harness/peers.js";
import { tryInEditor } from "./scripted.js";

peerTest("in Neovim an error is shown, fixed, and a type found, renamed and formatted", ["neovim"], async (t) => {
  const { hover } = await tryInEditor(t, "neovim.lua", (script) => [
    "nvim",
    "--headless",
    "--clean",
    "a.x",
    "-c",
    `luafile ${script}`,
  ]);
  assert.match(
    (hover as { readonly value: string } | undefined)?.value ?? "",
    /export interface pair \{\n {2}name: string;/,
  );
});
