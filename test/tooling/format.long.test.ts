// Our own interface files are in the house style that `lupine fmt` gives everyone's.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test("every interface file of the project is formatted", () => {
  // Those of test/fixtures are as they are on purpose.
  const folders = ["src", "examples", "templates", "bench", "test/interop"];
  const { status, stderr } = spawnSync(process.execPath, ["dist/cli/main.js", "fmt", "--check", ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});
