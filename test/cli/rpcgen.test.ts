import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { thoroughTest } from "../support/count-of.js";
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

thoroughTest("what rpcgen -a leaves compiles as it is", async () => {
  const folder = fileURLToPath(new URL("../../../build/rpcgen-test/", import.meta.url));
  await mkdir(folder, { recursive: true });
  try {
    await copyFile(new URL("../../../examples/add/add.x", import.meta.url), join(folder, "add.x"));
    assert.equal((await lupine(["rpcgen", "-a", join(folder, "add.x")])).code, 0);
    // Without the package.json, "lupine" is this very package.
    await rm(join(folder, "package.json"));
    const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    assert.equal(stdout + stderr, "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
