// Random values of every type cross into rpcgen's C and back: the same bytes, and the same values by field name.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule, type TypeDefinition } from "lupine/idl";
import { decode, encode, type XdrType } from "lupine/xdr";
import { project } from "../harness/compile.js";
import { peerTest } from "../harness/peers.js";
import { CCodec } from "./c-codec.js";
import { codedTypes } from "./c-printer.js";
import { plainText } from "./plain.js";
import { RandomValues } from "./random-values.js";

const valuesPerType = 300;

/** C keeps fewer bytes of these types' fields than the wire carries: only small numbers survive there. */
const narrowTypes = new Map([["narrow", 127]]);

const interfaceFiles = [
  "test/interop/codec/c-types.x",
  "test/interop/peer.x",
  ...readdirSync(join(project, "examples"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".x"))
    .map((file) => `examples/${file}`),
];

for (const file of interfaceFiles) {
  const module = compiled(file);
  const types = codedTypes(module);
  if (types.length === 0) continue;

  peerTest(`rpcgen's C and the generated codec of ${file} agree on random values`, ["c"], async () => {
    const generated = await generatedTypes(file);
    const c = new CCodec(file, module);
    try {
      for (const type of types) await compare(type, codecOf(generated, type), c);
    } finally {
      c.close();
    }
  });

  test(`the generated and the dynamic codec of ${file} agree on random values`, async () => {
    const generated = await generatedTypes(file);
    const dynamic = interfaceOf(module).types;
    for (const type of types) {
      const ours = codecOf(generated, type);
      const other = dynamic.get(type.name);
      assert.ok(other, type.name);
      for (const value of valuesOf(type)) {
        const bytes = encode(ours, value);
        assert.deepEqual(encode(other, value), bytes, type.name);
        assert.deepEqual(decode(other, bytes), decode(ours, bytes), type.name);
      }
    }
  });
}

async function compare(type: TypeDefinition, ours: XdrType<unknown>, c: CCodec): Promise<void> {
  for (const value of valuesOf(type)) {
    const bytes = encode(ours, value);
    const theirs = await c.decode(type.name, bytes);
    assert.equal(theirs.left, 0, `C does not consume ${type.name} ${plainText(type, value)}`.slice(0, 2000));
    assertSame(theirs.text, plainText(type, value), `C reads another ${type.name} than we wrote`);
    assertSame(
      theirs.bytes.toString("hex"),
      Buffer.from(bytes).toString("hex"),
      `C writes other bytes of ${type.name}`,
    );
    assertSame(
      plainText(type, decode(ours, theirs.bytes)),
      plainText(type, value),
      `we read C's ${type.name} differently`,
    );
  }
}

// Shows where long texts part, rather than all of them.
function assertSame(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 80), at + 40);
  assert.fail(`${what}: at ${at}\n  is     ${around(actual)}\n  not    ${around(expected)}`);
}

function valuesOf(type: TypeDefinition): unknown[] {
  const random = new RandomValues(0x2345_1111, narrowTypes);
  return Array.from({ length: valuesPerType }, () => random.of(type));
}

function compiled(file: string): InterfaceModule {
  const { module, diagnostics } = compileInterface({ file, text: readFileSync(join(project, file), "utf8") });
  assert.ok(module, `${file}: ${diagnostics[0]?.message}`);
  return module;
}

async function generatedTypes(file: string): Promise<Record<string, unknown>> {
  const output = join(project, "build", file.replace(/\.x$/, ".gen.js"));
  assert.ok(existsSync(output), `${basename(file)} has no generated code beside it: run node scripts/generate.mjs`);
  return (await import(pathToFileURL(output).href)) as Record<string, unknown>;
}

function codecOf(generated: Record<string, unknown>, type: TypeDefinition): XdrType<unknown> {
  const found = generated[type.kind === "enum" ? `${type.name}Type` : type.name];
  assert.ok(found !== null && typeof found === "object" && "encode" in found, `no codec for ${type.name}`);
  return found as XdrType<unknown>;
}
