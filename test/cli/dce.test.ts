import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

test("lupine dce gen writes a module beside the file, and checks it", async () => {
  const file = join(folder, "clock.idl");
  const text = "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1), version(1.0)] interface clock { hyper read(void); }";
  writeFileSync(file, text);
  const target = join(folder, "clock.gen.ts");
  assert.deepEqual(await lupine(["dce", "gen", file]), { code: 0, stdout: `${target}\n`, stderr: "" });
  assert.match(readFileSync(target, "utf8"), /export const clock_v1: DceInterface<clock_v1_Operations>/);
  assert.equal((await lupine(["dce", "gen", "--check", file])).code, 0);
  writeFileSync(file, text.replace("hyper", "long"));
  const stale = await lupine(["dce", "gen", "--check", file]);
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /is stale/);
});

test("lupine dce gen shows the place of an error, and compiles the other files", async () => {
  const bad = join(folder, "bad.idl");
  writeFileSync(bad, "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1)] interface bad {\n  lnog read(void);\n}\n");
  const good = join(folder, "good.idl");
  writeFileSync(good, "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e2)] interface good { void read(void); }");
  const { code, stdout, stderr } = await lupine(["dce", "gen", bad, good]);
  assert.equal(code, 2);
  assert.equal(stdout, `${join(folder, "good.gen.ts")}\n`);
  assert.match(stderr, /bad\.idl:2:3: error\[undefined-name\]: the type `lnog` is not defined/);
  assert.match(stderr, /did you mean `long`\?/);
});

test("lupine dce gen does not overwrite a file that it did not make", async () => {
  const file = join(folder, "own.idl");
  writeFileSync(file, "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1)] interface own { void read(void); }");
  writeFileSync(join(folder, "own.gen.ts"), "const mine = 1;\n");
  assert.equal((await lupine(["dce", "gen", file])).code, 1);
  assert.equal((await lupine(["dce", "gen", join(folder, "none.idl")])).code, 2);
});
