import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { interfaceText } from "../format/arbitrary.test-support.js";
import { endOf, isBlank, type Lexeme, lex } from "./lexemes.js";

function shown(lexemes: readonly Lexeme[]): string[] {
  return lexemes.map(({ kind, text, inner }) => (inner.length === 0 ? `${kind} ${text}` : `${kind} ${text.length}`));
}

const PARTS = ["'", '"', "\\", "\n", "\r\n", "\r", "/*", "*/", "//", "#", "%", " ", "a", "1", "#define A", "\0", "é"];
const anyText = fc.oneof(
  interfaceText,
  fc.array(fc.constantFrom(...PARTS)).map((parts) => parts.join("")),
);

test("nothing but white space stands between two lexemes, at any depth", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      checkGaps(text, lex(text), 0, text.length);
    }),
  );
});

function checkGaps(text: string, lexemes: readonly Lexeme[], start: number, end: number): void {
  let last = start;
  for (const lexeme of lexemes) {
    const between = text.slice(last, lexeme.offset);
    assert.ok(isGap(between), between);
    assert.equal(text.slice(lexeme.offset, endOf(lexeme)), lexeme.text);
    assert.equal(lexeme.lineEnds, between.match(/\r\n|\r|\n/g)?.length ?? 0);
    last = endOf(lexeme);
    if (lexeme.kind === "directive") checkGaps(text, lexeme.inner, lexeme.offset, last);
  }
  assert.ok(isGap(text.slice(last, end)));
}

/** White space, and the backslashes that continue a directive. */
function isGap(text: string): boolean {
  return [...text.replace(/\\(?=[ \t]*[\r\n])/g, "")].every((character) => isBlank(character.charCodeAt(0)));
}

test("a text with other line ends has the same lexemes", () => {
  fc.assert(
    fc.property(interfaceText, (text) => {
      const plain = text.replace(/\r\n?/g, "\n");
      const kinds = (written: string): string[] =>
        lex(written).map(({ kind, word, lineEnds }) => kind + word + lineEnds);
      assert.deepEqual(kinds(plain.replaceAll("\n", "\r\n")), kinds(plain));
      assert.deepEqual(kinds(plain.replaceAll("\n", "\r")), kinds(plain));
    }),
  );
});

test("a directive has its continuation lines, and the rest of a comment that it begins", () => {
  const [first, second, ...others] = lex("#define A 1 \\\n + 2 /* one\n#two */ int\n# endif");
  assert.deepEqual(shown(first?.inner ?? []), [
    ...["sign #", "word define", "word A", "number 1", "sign +", "number 2"],
    "comment /* one\n#two */",
  ]);
  assert.equal(first?.word, "define");
  assert.deepEqual(shown(second === undefined ? [] : [second]), ["word int"]);
  assert.deepEqual(
    others.map(({ kind, word }) => `${kind} ${word}`),
    ["directive endif"],
  );
});

test("a line comment in a directive continues with the line, and elsewhere ends with it", () => {
  assert.deepEqual(shown(lex("#if A // b \\\n c\nd // e \\\nf")), [
    "directive 15",
    "word d",
    "comment // e \\",
    "word f",
  ]);
});

test("# and % are lines only at the beginning of a line, and never in a comment", () => {
  const text = "a % b\n /*\n# c\n% d\n*/ # e\n\t%f\n";
  assert.deepEqual(shown(lex(text)), [
    ...["word a", "sign %", "word b", "comment /*\n# c\n% d\n*/", "sign #", "word e", "passed %f"],
  ]);
});

test("quotes that are no character constant are signs, and a string ends with its line", () => {
  assert.deepEqual(shown(lex("1'000 'a' '\\n' don't '/*' \"b'\n\"c\\\"d\" \"e\\\nf")), [
    ...["number 1'000", "character 'a'", "character '\\n'", "word don", "sign '", "word t", "sign '"],
    ...['comment /*\' "b\'\n"c\\"d" "e\\\nf'],
  ]);
  assert.deepEqual(shown(lex('"a\\" b\nc "d\\\ne')), ['string "a\\" b', "word c", 'string "d\\', "word e"]);
});
