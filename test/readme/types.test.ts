// The page of types: its interface compiles, its TypeScript is what is generated, its bytes are what is encoded.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generate } from "lupine/codegen";
import { loadInterface } from "lupine/dynamic";
import { compileInterface } from "lupine/idl";
import { decode, encode, fromJson, toJson } from "lupine/xdr";
import { blocks, compileFiles, root } from "./typescript.js";

const document = readFileSync(join(root, "docs", "reference", "types.md"), "utf8");
const interfaceText = blocks(document, "c").join("\n");

/** Without comments and line breaks: places and layout may change. */
const bare = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .trim();

test("the TypeScript of the types page is what its interface makes", () => {
  const { module } = compileInterface({ file: "types.x", text: interfaceText });
  assert.ok(module);
  const generated = bare(generate(module));
  const shown = blocks(document, "ts");
  assert.ok(shown.length >= 10);
  for (const text of shown) assert.ok(generated.includes(bare(text)), text);
  assert.ok(generated.includes("export const NAME_MAX = 255;"));
});

test("the bytes of the types page are those of its values, in both directions", () => {
  const { types } = loadInterface(interfaceText);
  const shown = blocks(document, "text");
  assert.ok(shown.length >= 10);
  for (const text of shown) {
    const [, name = "", json = "", hex = ""] = /^(\w+) (.+)\n([0-9a-f ]+)\n$/.exec(text) ?? [];
    const type = types.get(name);
    assert.ok(type, text);
    const value: unknown = JSON.parse(json);
    const bytes = encode(type, fromJson(type, value));
    assert.equal(Buffer.from(bytes).toString("hex"), hex.replaceAll(" ", ""), text);
    assert.deepEqual(toJson(type, decode(type, bytes)), value);
  }
});

test("a union with an integer discriminant and a default narrows by isDefault, as the types page shows", async () => {
  const [, program = ""] = /^```ts reply\.ts\n([\s\S]*?)^```$/m.exec(document) ?? [];
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["reply.ts", program],
    ]),
  );
  assert.deepEqual(await folder.run("reply.js"), { status: 0, output: "ok\nstatus 99\n" });
});
