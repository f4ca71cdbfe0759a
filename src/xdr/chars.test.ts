// C's char and short: their ranges, and text in arrays of char.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "./codec.js";
import { XdrError } from "./errors.js";
import { explain } from "./explain.js";
import { fromShape } from "./interpret.js";
import { fromJson, toJson } from "./json.js";
import { char, short, unsignedChar, unsignedShort } from "./primitives.js";
import type { ArrayShape, IntegerShape, Shape } from "./shape.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof XdrError, String(error));
    return error.message;
  }
  assert.fail("nothing was refused");
}

const ranges = [
  { type: char, name: "a char", least: -128, most: 127 },
  { type: unsignedChar, name: "an unsigned char", least: 0, most: 255 },
  { type: short, name: "a short", least: -32768, most: 32767 },
  { type: unsignedShort, name: "an unsigned short", least: 0, most: 65535 },
];

for (const { type, name, least, most } of ranges) {
  test(`${name} takes ${least} to ${most}, and each other number is refused with the range`, () => {
    for (const value of [least, most, 0]) assert.equal(decode(type, encode(type, value)), value);
    for (const value of [least - 1, most + 1, 1.5, Number.NaN]) {
      assert.equal(
        refusal(() => encode(type, value)),
        `${value} is not ${name} (${least} to ${most})`,
      );
    }
    assert.match(
      refusal(() => encode(type, "1" as unknown as number)),
      /"1" is not an? /,
    );
  });

  test(`${name} that a peer sends outside its range is taken as it is, or refused where the shape is strict`, () => {
    const outside = encode(fromShape({ kind: type.shape.kind } as Shape), most + 1);
    assert.equal(decode(type, outside), most + 1);
    const strict = fromShape({ ...type.shape, strict: true } as Shape);
    assert.equal(
      refusal(() => decode(strict, outside)),
      `${most + 1} is not ${name} (${least} to ${most})`,
    );
  });
}

test("an array of chars names the element that is no char", () => {
  const element: IntegerShape = { kind: "int", width: 8 };
  for (const shape of [
    { kind: "array", fixed: true, length: 3, element } as const,
    { kind: "array", fixed: false, length: 9, element } as const,
  ]) {
    assert.equal(
      refusal(() => encode(fromShape(shape), [1, 2, 300])),
      "[2]: 300 is not a char (-128 to 127)",
    );
  }
  const typed = fromShape({ kind: "array", fixed: false, length: 9, element, typed: true });
  assert.equal(
    refusal(() => encode(typed, Int32Array.of(1, 200))),
    "[1]: 200 is not a char (-128 to 127)",
  );
});

const text = (change: Partial<ArrayShape> = {}, element: Partial<IntegerShape> = {}): ArrayShape => ({
  kind: "array",
  fixed: true,
  length: 4,
  text: "utf8",
  element: { kind: "int", width: 8, ...element },
  ...change,
});

test("text in a fixed array of chars takes a word for each byte and NULs for the rest: the bytes of the numbers", () => {
  const type = fromShape(text());
  const numbers = fromShape({ kind: "array", fixed: true, length: 4, element: { kind: "int", width: 8 } });
  assert.equal(hex(encode(type, "ab")), hex(encode(numbers, [97, 98, 0, 0])));
  assert.equal(decode(type, encode(type, "ab")), "ab");
  assert.equal(decode(type, encode(type, "")), "");
});

test("all bytes of a fixed array may be text, and one more is refused", () => {
  const type = fromShape(text());
  assert.equal(decode(type, encode(type, "abcd")), "abcd");
  assert.equal(
    refusal(() => encode(type, "abcde")),
    "the text takes 5 bytes, but at most 4 are allowed",
  );
  assert.equal(
    refusal(() => encode(type, "ééé")),
    "the text takes 6 bytes, but at most 4 are allowed",
  );
});

test("text is cut at the first NUL, whatever follows", () => {
  assert.equal(decode(fromShape(text()), bytes("00000061 00000000 00000062 ffffff00")), "a");
});

test("bytes over 127 are negative chars or positive unsigned chars, and both are read", () => {
  const [signed, unsigned] = [fromShape(text()), fromShape(text({}, { kind: "unsigned int" }))];
  assert.equal(hex(encode(signed, "é")), "ffffffc3ffffffa90000000000000000");
  assert.equal(hex(encode(unsigned, "é")), "000000c3000000a90000000000000000");
  for (const type of [signed, unsigned]) {
    assert.equal(decode(type, encode(signed, "é")), "é");
    assert.equal(decode(type, encode(unsigned, "é")), "é");
  }
});

test("Latin-1 has a char for each character up to U+00FF", () => {
  const type = fromShape(text({ text: "latin1" }));
  assert.equal(hex(encode(type, "é")), "ffffffe9000000000000000000000000");
  assert.equal(decode(type, encode(type, "éÿ")), "éÿ");
  assert.match(
    refusal(() => encode(type, "€")),
    /not of Latin-1/,
  );
});

test("what is no text in chars is refused, with its place", () => {
  const type = fromShape({ kind: "struct", name: "s", fields: [{ name: "name", type: text() }] });
  const of = (name: unknown) => refusal(() => encode(type, { name }));
  assert.equal(of("a\0b"), 'name: "a\\u0000b" has a NUL, where text in chars ends');
  assert.equal(of([97]), "name: an array of 1 is not a string");
  assert.match(of("\ud800"), /^name: .*surrogate/);
  assert.match(
    refusal(() => decode(type, bytes("00000061 ffffffc3 00000000 00000000"))),
    /^name: .*UTF-8/,
  );
  assert.match(
    refusal(() => decode(type, bytes("00000061 0000012c 00000000 00000000"))),
    /^name: 300 is not a char/,
  );
});

test("text in a variable array of chars has a count and nothing behind it", () => {
  const type = fromShape(text({ fixed: false }));
  assert.equal(hex(encode(type, "ab")), "000000020000006100000062");
  assert.equal(decode(type, bytes("00000003 00000061 00000062 00000000")), "ab");
  assert.match(
    refusal(() => encode(type, "abcde")),
    /5 elements, but at most 4/,
  );
});

test("one char is text of at most one byte", () => {
  const type = fromShape({ kind: "int", width: 8, text: "utf8" });
  assert.equal(hex(encode(type, "+")), "0000002b");
  assert.equal(decode(type, bytes("0000002b")), "+");
  assert.equal(decode(type, encode(type, "")), "");
  assert.match(
    refusal(() => encode(type, "++")),
    /2 bytes, but at most 1/,
  );
});

test("the JSON form of text in chars is the text, and it is explained as text", () => {
  const shape = text();
  assert.equal(toJson(shape, "ab"), "ab");
  assert.equal(fromJson(shape, "ab"), "ab");
  const [part, ...more] = explain(shape, encode(fromShape(shape), "ab")).parts;
  assert.deepEqual([part?.type, part?.text, part?.length, more.length], ["char[4]", '"ab"', 16, 0]);
});

test("JSON text for chars that are numbers is refused with what to do", () => {
  const { text: _, ...numbers } = text();
  assert.match(
    refusal(() => fromJson(numbers, "ab")),
    /"ab" is not a value of char\[4\]: .*char=text/,
  );
  assert.match(
    refusal(() => fromJson({ kind: "int", width: 8 }, "+")),
    /"\+" is not a value of char: .*"\+" is 43.*char=text/,
  );
});
