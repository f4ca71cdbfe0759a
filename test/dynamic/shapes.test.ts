// The shapes and descriptors made from an interface at run time are those that generated code carries.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { ProgramGroup } from "lupine/codegen/v1";
import { type Interface, loadInterface } from "lupine/dynamic";
import { firstDifference } from "./same-shape.js";

const root = new URL("../../../", import.meta.url);

const interfaces = [
  "examples/add/add",
  "examples/time-1/time",
  "examples/time-2/time",
  "examples/square/square",
  "examples/file-system/files",
  "examples/callback/countdown",
  "examples/byte-order/letter",
  "test/fixtures/everything",
];

for (const path of interfaces) {
  test(`${path}.x has the shapes of ${path}.gen.ts`, async () => {
    const dynamic = loadInterface(await readFile(new URL(`${path}.x`, root), "utf8"), { file: `${path}.x` });
    const generated = (await import(new URL(`build/${path}.gen.js`, root).href)) as Record<string, unknown>;
    assert.ok(dynamic.types.size + dynamic.programs.length > 0);
    for (const [name, type] of dynamic.types) {
      assert.equal(firstDifference(type.shape, codecOf(generated, name).shape, name), undefined);
    }
    comparePrograms(dynamic, generated);
  });
}

test("a difference between shapes is found, also behind a reference", () => {
  const pair = (b: string) => ({ kind: "struct", name: "p", fields: [{ name: "b", type: { kind: b } }] });
  const reference = { kind: "reference", name: "p", shape: () => pair("hyper") };
  assert.equal(firstDifference(pair("int"), pair("int")), undefined);
  assert.match(firstDifference(pair("int"), reference) ?? "", /fields\.0\.type\.kind: int and hyper/);
});

function codecOf(generated: Record<string, unknown>, name: string): { shape: unknown } {
  for (const candidate of [`${name}Type`, name, `${name}_Type`, `${name}_`]) {
    const codec = generated[candidate];
    if (typeof codec === "object" && codec !== null && "shape" in codec && "encode" in codec) return codec;
  }
  throw new Error(`the generated code has no codec for ${name}`);
}

function comparePrograms({ programs }: Interface, generated: Record<string, unknown>): void {
  for (const group of programs) {
    const other = generated[group.name] as ProgramGroup;
    assert.equal(firstDifference(plain(group), plain(other), group.name), undefined);
  }
}

/** A program with shapes in place of codecs. */
function plain({ name, number, versions }: ProgramGroup): unknown {
  return {
    name,
    number,
    versions: versions.map(({ procedures, ...version }) => ({
      ...version,
      procedures: Object.fromEntries(
        Object.entries(procedures).map(([method, { args, result, ...procedure }]) => [
          method,
          { ...procedure, args: args.shape, result: result.shape },
        ]),
      ),
    })),
  };
}
