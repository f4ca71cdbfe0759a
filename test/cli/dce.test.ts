import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lupine } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "lupine-dce-"));
after(() => rmSync(folder, { recursive: true }));

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("lupine dce uuidgen prints new UUIDs", async () => {
  const { code, stdout, stderr } = await lupine(["dce", "uuidgen", "-n", "3"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(new Set(lines).size, 3);
  for (const line of lines) assert.match(line, uuid);
});

test("lupine dce uuidgen -i prints a skeleton, and does not overwrite a file", async () => {
  const file = join(folder, "sample.idl");
  const skeleton = /^\[\n {2}uuid\([0-9a-f-]{36}\),\n {2}version\(1\.0\)\n\]\ninterface INTERFACENAME\n\{\n\n\}\n$/;
  assert.match((await lupine(["dce", "uuidgen", "-i"])).stdout, skeleton);
  assert.deepEqual(await lupine(["dce", "uuidgen", "-i", "-o", file]), { code: 0, stdout: "", stderr: "" });
  const text = readFileSync(file, "utf8");
  assert.match(text, skeleton);
  const again = await lupine(["dce", "uuidgen", "-i", "-o", file]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /exists and was not overwritten/);
  assert.equal(readFileSync(file, "utf8"), text);
});

test("lupine dce refuses wrong usage", async () => {
  for (const args of [["uuidgen", "-i", "-n", "2"], ["uuidgen", "-n", "0"], ["uuidgenn"]]) {
    const { code, stdout, stderr } = await lupine(["dce", ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  }
});
