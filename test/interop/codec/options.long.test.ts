// No option of the mapping changes a byte: what rpcgen's C encodes is decoded with any of them, alone and together, by the
// generated and by the dynamic codec, and encoded to the same bytes again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule, type Mapping, type TypeDefinition } from "lupine/idl";
import { decode, encode, XdrError, type XdrType } from "lupine/xdr";
import { randomSource } from "../../fuzz/support/random.js";
import { randomMapping } from "../../fuzz/support/random-mapping.js";
import { peerTest } from "../harness/peers.js";
import { CCodec } from "./c-codec.js";
import { codedTypes } from "./c-printer.js";
import { codecOf, generatedTypes, moduleOf } from "./ours.js";
import { randomFile } from "./random-file.js";

/** Values of each type. */
const values = 40;

const random = randomSource(20261121);
const mappings: readonly Mapping[] = [
  { hyper: "number" },
  { string: "bytes" },
  { string: "latin1" },
  { opaque: "borrowed" },
  { array: "typed" },
  { enum: "open" },
  { list: "nested" },
  { fields: "camelCase" },
  ...Array.from({ length: 8 }, () => randomMapping(random)),
];

peerTest("with any options, what C encodes is decoded, and encoded to the same bytes", ["c"], async () => {
  // The file of random.test.ts, whose C program is compiled already.
  const file = randomFile(1, 20);
  const types = codedTypes(moduleOf(file));
  const c = new CCodec(file, types);
  try {
    const bytes = new Map<string, Buffer[]>();
    for (const { name } of types) {
      const answers = await Promise.all(Array.from({ length: values }, (_, seed) => c.make(name, seed)));
      bytes.set(
        name,
        answers.map((answer) => answer.bytes),
      );
    }
    let narrow = 0;
    for (const mapping of mappings) narrow += await assertSameBytes(moduleOf(file, mapping), bytes, mapping);
    assert.ok(narrow > 0, "no hyper was beyond 2^53");
  } finally {
    c.close();
  }
});

/** @returns how many values were beyond the integers that a number holds. */
async function assertSameBytes(
  module: InterfaceModule,
  made: ReadonlyMap<string, readonly Buffer[]>,
  mapping: Mapping,
): Promise<number> {
  const generated = await generatedTypes(module);
  const dynamic = interfaceOf(module).types;
  let narrow = 0;
  for (const type of codedTypes(module)) {
    const other = dynamic.get(type.name);
    assert.ok(other);
    for (const bytes of made.get(type.name) ?? []) {
      for (const codec of [codecOf(generated, type), other]) {
        if (!holds(type, codec, bytes, mapping)) narrow++;
      }
    }
  }
  return narrow;
}

/** Whether the value can be held; otherwise the refusal has said where. */
function holds(type: TypeDefinition, codec: XdrType<unknown>, bytes: Buffer, mapping: Mapping): boolean {
  const what = `${type.name} with ${JSON.stringify(mapping)}`;
  let value: unknown;
  try {
    value = decode(codec, bytes, { root: "it" });
  } catch (error) {
    assert.ok(error instanceof XdrError && mapping.hyper === "number", `${what}: ${error}`);
    assert.match(error.message, /^it.*: -?\d+ is beyond the integers that a number holds exactly \(2\^53\)$/);
    assert.equal(error.code, "XDR_OUT_OF_RANGE");
    assert.ok(error.path.length > 0 || type.kind === "typedef", what);
    return false;
  }
  assert.deepEqual(Buffer.from(encode(codec, value)), bytes, what);
  return true;
}

test("a hyper that is a number is refused beyond 2^53 with its path, both ways", async () => {
  const text = "struct file { string name<>; struct { hyper size; unsigned hyper places<2>; } where; };";
  const { module } = compileInterface({ file: "f.x", text, mapping: { hyper: "number" } });
  assert.ok(module);
  const generated = await generatedTypes(module);
  const type = codedTypes(module).find(({ name }) => name === "file");
  const plain = interfaceOf(compileInterface({ file: "f.x", text }).module as InterfaceModule).types.get("file");
  assert.ok(type && plain);
  for (const codec of [codecOf(generated, type), interfaceOf(module).types.get("file") as XdrType<unknown>]) {
    const value = (size: unknown, place: unknown) => ({ name: "n", where: { size, places: [0, place] } });
    const bytes = (size: bigint, place: bigint): Uint8Array =>
      encode(plain, { name: "n", where: { size, places: [0n, place] } });
    const most = Number.MAX_SAFE_INTEGER;
    assert.deepEqual(decode(codec, bytes(-BigInt(most), BigInt(most))), value(-most, most));
    assert.deepEqual(encode(codec, value(-most, most)), bytes(-BigInt(most), BigInt(most)));
    const refused = (run: () => unknown, path: string) =>
      assert.throws(run, (error) => error instanceof XdrError && error.message.startsWith(`it.${path}: `));
    refused(() => encode(codec, value(2 ** 53, 0), { root: "it" }), "where.size");
    refused(() => encode(codec, value(0, 2 ** 60), { root: "it" }), "where.places[1]");
    refused(() => encode(codec, value(0.5, 0), { root: "it" }), "where.size");
    refused(() => encode(codec, value(0, -1), { root: "it" }), "where.places[1]");
    refused(() => decode(codec, bytes(2n ** 53n, 0n), { root: "it" }), "where.size");
    refused(() => decode(codec, bytes(0n, 2n ** 64n - 1n), { root: "it" }), "where.places[1]");
  }
});
