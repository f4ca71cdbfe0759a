// Holds two codecs against each other, value by value: rpcgen's C and ours, or two of ours.
import assert from "node:assert/strict";
import type { TypeDefinition } from "lupine/idl";
import { decode, encode, type XdrType } from "lupine/xdr";
import type { CCodec } from "./c-codec.js";
import { plainText } from "./plain.js";
import { RandomValues } from "./random-values.js";

/** Values of each type: LUPINE_CODEC_VALUES sets it. */
export const valuesPerType = Number(process.env["LUPINE_CODEC_VALUES"] ?? 100);

const seed = 0x2345_1111;

/** C keeps fewer bytes of these types' integers than the wire carries: only small numbers survive there. */
const narrowTypes = new Map(
  ["narrow", "ip_addr_t", "table_obj", "size", "desargs", "desresp"].map((name) => [name, 127]),
);

export function valuesOf(type: TypeDefinition): unknown[] {
  const random = new RandomValues(seed, narrowTypes);
  return Array.from({ length: valuesPerType }, () => random.of(type));
}

/** Both codecs of ours write the same bytes, and read the same values. */
export function assertOursAgree(type: TypeDefinition, one: XdrType<unknown>, other: XdrType<unknown>): void {
  for (const value of valuesOf(type)) {
    const bytes = encode(one, value);
    assert.deepEqual(encode(other, value), bytes, type.name);
    assert.deepEqual(decode(other, bytes), decode(one, bytes), type.name);
  }
}

/** Values made here: C reads what we wrote, by the names of its fields, and writes the same bytes again. */
export async function assertCReads(type: TypeDefinition, ours: XdrType<unknown>, c: CCodec): Promise<void> {
  const values = valuesOf(type);
  const written = values.map((value) => encode(ours, value));
  const answers = await Promise.all(written.map((bytes) => c.decode(type.name, bytes)));
  for (const [i, answer] of answers.entries()) {
    const text = plainText(type, values[i]);
    assert.equal(answer.left, 0, `C does not consume ${type.name} ${text}`.slice(0, 2000));
    assertSame(answer.text, text, `C reads another ${type.name} than we wrote`);
    assertSame(answer.bytes.toString("hex"), hex(written[i] as Uint8Array), `C writes other bytes of ${type.name}`);
  }
}

/** Values made in C: we read what it wrote, by the names of its fields, and write the same bytes again. */
export async function assertWeRead(type: TypeDefinition, ours: XdrType<unknown>, c: CCodec): Promise<void> {
  const seeds = Array.from({ length: valuesPerType }, (_, i) => seed + i);
  const answers = await Promise.all(seeds.map((each) => c.make(type.name, each)));
  assert.ok(new Set(answers.map(({ text }) => text)).size > 1 || isConstant(type), `${type.name} never varies`);
  for (const { text, bytes } of answers) {
    assert.ok(bytes.length > 0, `C does not encode ${type.name} ${text}`.slice(0, 2000));
    const value = decode(ours, bytes);
    assertSame(plainText(type, value), text, `we read another ${type.name} than C wrote`);
    assertSame(hex(encode(ours, value)), bytes.toString("hex"), `we write other bytes of ${type.name}`);
  }
}

// An enum of one member, or what is made of such.
function isConstant(type: TypeDefinition): boolean {
  return new Set(valuesOf(type).map((value) => plainText(type, value))).size === 1;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

// Shows where long texts part, rather than all of them.
function assertSame(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 80), at + 40);
  assert.fail(`${what}: at ${at}\n  is     ${around(actual)}\n  not    ${around(expected)}`);
}
