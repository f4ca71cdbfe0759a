// The options of the mapping: for each, what is generated is JavaScript whose codecs agree with the interpreted ones,
// and TypeScript that compiles; the bytes are those that the same interface has without options.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generate } from "lupine/codegen";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule, type Mapping } from "lupine/idl";
import { decode, encode, fromJson, fromShape, type Shape, toJson, XdrError, type XdrType } from "lupine/xdr";
import type * as support from "../../src/xdr/arbitrary.test-support.js";
import fc from "../support/fast-check.js";

// Compiled tests run in build/test/codegen. Folders in it see this package under its own name.
const root = new URL("../../../", import.meta.url);
const folder = new URL("build/options-test/", root);
const { arbitraryValue } = (await import(new URL("dist/xdr/arbitrary.test-support.js", root).href)) as typeof support;
const runs = { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? 40) };

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));

const mappings: Readonly<Record<string, Mapping>> = {
  none: {},
  "hyper-as-number": { hyper: "number" },
  "string-as-bytes": { string: "bytes" },
  "string-as-latin1": { string: "latin1" },
  "chars-as-text": { char: "text" },
  "chars-as-latin1": { char: "latin1", range: "both" },
  "some-chars-as-text": { types: { "texts.name": { char: "text" }, letter: { char: "text" }, row: { char: "text" } } },
  "ranges-both-ways": { range: "both", array: "typed" },
  "borrowed-opaques": { opaque: "borrowed" },
  "typed-arrays": { array: "typed" },
  "open-enums": { enum: "open" },
  "nested-lists": { list: "nested" },
  "camel-case-fields": { fields: "camelCase" },
  "verbatim-methods": { naming: "verbatim" },
  "rpcgen-methods": { naming: "rpcgen" },
  everything: {
    hyper: "number",
    string: "latin1",
    opaque: "borrowed",
    array: "typed",
    enum: "open",
    list: "nested",
    fields: "camelCase",
    naming: "rpcgen",
  },
};

function compiled(name: string, mapping: Mapping): InterfaceModule {
  const text = readFileSync(new URL(`test/fixtures/${name}.x`, root), "utf8");
  const { module, diagnostics } = compileInterface({ file: `${name}.x`, text, mapping });
  assert.ok(module !== undefined, JSON.stringify(diagnostics));
  return module;
}

/** What generated JavaScript exports. */
async function exportsOf(module: InterfaceModule, name: string): Promise<Record<string, unknown>> {
  const file = new URL(`${name}.js`, folder);
  writeFileSync(file, generate(module, { target: "js" }));
  writeFileSync(new URL(`${name}.d.ts`, folder), generate(module, { target: "d.ts" }));
  return (await import(file.href)) as Record<string, unknown>;
}

function codecOf(exported: Record<string, unknown>, name: string): XdrType<unknown> {
  for (const candidate of [`${name}Type`, name, `${name}_`]) {
    const codec = exported[candidate];
    if (typeof codec === "object" && codec !== null && "shape" in codec && "encode" in codec) {
      return codec as XdrType<unknown>;
    }
  }
  throw new Error(`the generated code has no codec for ${name}`);
}

for (const fixture of ["everything", "names", "chars"]) {
  for (const [option, mapping] of Object.entries(mappings)) {
    test(`${fixture}.x with ${option}: generated and interpreted codecs agree on values, bytes and JSON`, async () => {
      const module = compiled(fixture, mapping);
      const exported = await exportsOf(module, `${fixture}-${option}`);
      for (const [name, { shape }] of interfaceOf(module).types) agree(codecOf(exported, name), shape, name);
    });
  }
}

function agree(codec: XdrType<unknown>, shape: Shape, name: string): void {
  const interpreted = fromShape(shape);
  fc.assert(
    fc.property(arbitraryValue(codec.shape), fc.nat(), fc.nat(255), (value, at, byte) => {
      const bytes = encode(codec, value);
      assert.deepEqual(bytes, encode(interpreted, value), name);
      assert.deepStrictEqual(decode(codec, bytes), value, name);
      assert.deepStrictEqual(decode(interpreted, bytes), value, name);
      assert.deepStrictEqual(fromJson(shape, JSON.parse(JSON.stringify(toJson(shape, value)))), value, name);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      assert.deepEqual(outcome(codec, bytes), outcome(interpreted, bytes), name);
    }),
    runs,
  );
}

/** The value, or the code of the refusal. */
function outcome(type: XdrType<unknown>, bytes: Uint8Array): unknown {
  try {
    return { value: structuredClone(decode(type, bytes)) };
  } catch (error) {
    assert.ok(error instanceof XdrError, String(error));
    return error.code;
  }
}

test("bytes do not depend on options: what an interface without any encodes is decoded and encoded again with them", () => {
  const mapping: Mapping = {
    string: "bytes",
    opaque: "borrowed",
    array: "typed",
    enum: "open",
    list: "nested",
    fields: "camelCase",
  };
  const mapped = interfaceOf(compiled("everything", mapping)).types;
  for (const [name, plain] of interfaceOf(compiled("everything", {})).types) {
    const other = mapped.get(name);
    assert.ok(other !== undefined);
    fc.assert(
      fc.property(arbitraryValue(plain.shape), (value) => {
        const bytes = encode(plain, value);
        assert.deepEqual(encode(other, decode(other, bytes)), bytes, name);
      }),
      runs,
    );
  }
});

test("with any options, the TypeScript and the declarations compile under the strictest flags", () => {
  const project = new URL("types/", folder);
  mkdirSync(project, { recursive: true });
  for (const fixture of ["everything", "names", "chars"]) {
    for (const [option, mapping] of Object.entries(mappings)) {
      const module = compiled(fixture, mapping);
      const serviceNames = mapping.naming === "rpcgen";
      writeFileSync(new URL(`${fixture}-${option}.gen.ts`, project), generate(module, { serviceNames }));
      const declarations = generate(module, { target: "d.ts", serviceNames });
      writeFileSync(new URL(`${fixture}-${option}-js.gen.d.ts`, project), declarations);
    }
  }
  writeFileSync(new URL("narrowing.ts", project), narrowing);
  writeFileSync(new URL("tsconfig.json", project), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", fileURLToPath(project)], { encoding: "utf8" });
  assert.equal(stdout + stderr, "");
});

/** Open enums: `switch` narrows, unknown members need a cast, and declarations say the same as the TypeScript. */
const narrowing = `
import { Color, by_enum, status } from "./everything-open-enums.gen.js";
import type * as js from "./everything-open-enums-js.gen.js";
import * as ts from "./everything-open-enums.gen.js";

export function nameOf(color: Color): string {
  switch (color) {
    case Color.RED: return "red" satisfies string;
    case Color.BLUE: { const blue: 2 = color; return String(blue); }
    default: { 
      // @ts-expect-error: what is left is not RED
      const red: 0 = color;
      return String(red);
    }
  }
}
export function first(value: by_enum): number {
  return value.what === status.OK ? value.both.a : 0;
}
export const unknown: Color = 77 as Color;
// @ts-expect-error: a number without a name needs a cast
export const uncast: Color = 77;
export const same: typeof js.numbers = ts.numbers;
export const again: js.by_enum = { what: ts.status.OK, both: { a: 1, b: 2 } };
`;

const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  noEmit: true,
  strict: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitReturns: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
};
