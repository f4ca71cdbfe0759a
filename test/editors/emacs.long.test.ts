// The language server in a real editor: Emacs with Eglot, without a window. emacs.el does the steps of a person in it.
import assert from "node:assert/strict";
import { peerTest } from "../interop/harness/peers.js";
import { tryInEditor } from "./scripted.js";

peerTest(
  "in Emacs an error is shown, fixed, a name completed, and a type found, renamed and formatted",
  ["emacs"],
  async (t) => {
    const { completed, hover } = await tryInEditor(t, "emacs.el", (script) => [
      "emacs",
      "--batch",
      "-l",
      script,
      "a.x",
    ]);
    assert.deepEqual(completed, ["pair", "pairs"]);
    assert.match(String(hover), /export interface pair \{\n {2}name: string;/);
  },
);
