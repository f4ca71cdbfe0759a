import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonText, printable, printableLines, quote, quoteWord } from "./quote.js";

test("what a terminal would obey, and what changes how text beside it reads, is shown as an escape", () => {
  assert.equal(printable("\u001b[2Jx\u0007\n\u009b"), "\\u001b[2Jx\\u0007\\u000a\\u009b");
  assert.equal(printable("a\u202eb\u2066\ufeff\u2028\ud800"), "a\\u202eb\\u2066\\ufeff\\u2028\\ud800");
  assert.equal(printable("\u{e0041}"), "\\u{e0041}");
  assert.equal(printable("Grüße, 東京 🦊"), "Grüße, 東京 🦊");
});

test("long text is cut, and never within a character", () => {
  assert.equal(printable("abcdef", 3), "abc…");
  assert.equal(printable("ab🦊", 3), "ab…");
  assert.equal(quote("x".repeat(1_000_000), 4), '"xxxx…"');
});

test("quotes and blanks cannot end a word", () => {
  assert.equal(quote('a"b\n'), '"a\\"b\\n"');
  assert.deepEqual(
    ["", "plain", "two words", 'a"'].map((word) => quoteWord(word)),
    ['""', "plain", '"two words"', '"a\\""'],
  );
});

test("JSON on a terminal is the same value, and has nothing that a terminal would obey", () => {
  const value = { name: "\u009b2J\u202e\u{e0041}\u2028", list: ["\u001b]0;x\u0007", "Grüße 🦊"] };
  for (const indent of [undefined, 2]) {
    const text = jsonText(value, indent);
    assert.deepEqual(JSON.parse(text), value);
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u);
    assert.ok(text.includes("Grüße 🦊"));
  }
  assert.equal(printableLines("a\u009b\nb"), "a\\u009b\nb");
});
