import assert from "node:assert/strict";
import { test } from "node:test";
import { createSource } from "../idl/source.js";
import { lexed, lexedPart } from "./lexer.js";
import { Reports } from "./reports.js";

const tokensOf = (text: string) => lexed(createSource({ file: "t.idl", text }), new Reports());
const textsOf = (text: string): string[] => tokensOf(text).map(({ text: one }) => one);

test("a quote without its partner is a mark, and what follows it are tokens", () => {
  const expected = ['"', "a", "\\", '"', "b", "\\", '"', "c", "d", ""];
  assert.deepEqual(textsOf('"a \\"b \\"\nc d'), expected);
  assert.deepEqual(textsOf('"a \\"b \\"c d'), expected);
  assert.deepEqual(textsOf('L"a\n"b" L"c"'), ["L", '"', "a", "b", "c", ""]);
  const [{ span } = assert.fail()] = tokensOf('uuid( " 12345678-1234-1234-1234-123456789abc " )').slice(2);
  assert.equal(span.length, 41);
});

/** Milliseconds of processor time. */
function cost(work: () => unknown): number {
  const before = process.cpuUsage(); // clock: only quadratic work, which takes ten times the bound, is seen
  work();
  const { user, system } = process.cpuUsage(before); // clock: the same
  return (user + system) / 1000;
}

test("quotes without partners and long spaces take no longer than other text", () => {
  const length = 200_000;
  const plain = cost(() => tokensOf("a ".repeat(length / 2)));
  const quotes = '\\"'.repeat(length / 2);
  const place = { file: "t.idl", line: 1, column: 1, offset: 0, length: 1 };
  const hostile = [
    () => tokensOf(quotes),
    () => tokensOf(`"${quotes}`),
    () => lexedPart(quotes, place),
    () => tokensOf(`uuid(${" ".repeat(length)})`),
  ];
  for (const work of hostile) {
    const taken = cost(work);
    assert.ok(taken < 20 * plain + 500, `${taken} ms, and ${plain} ms for plain text`);
  }
});
