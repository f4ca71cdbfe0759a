import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf } from "../../testing/count-of.test-support.js";
import fc from "../../testing/fast-check.test-support.js";
import { compileInterface } from "../compile.js";
import { interfaceText } from "./arbitrary.test-support.js";
import { formatText } from "./format-text.js";
import { piecesOf } from "./pieces.js";

function formatsTo(text: string, expected: string): void {
  assert.equal(formatText(text), expected);
  assert.equal(formatText(expected), expected, "formatting twice changes nothing");
}

/** Where something stands in the text. */
const PLACES = new Set(["span", "start", "close", "whole", "numberSpan"]);

/** What a text compiles to, without the places; the file's name is in no message. */
function meaning(text: string): string {
  const { module, diagnostics } = compileInterface({ file: "x.x", text });
  const found = module ?? diagnostics.map(({ code, message }) => `${code}: ${message}`);
  const seen = new Set<unknown>();
  return JSON.stringify(found, (key, value) => {
    if (PLACES.has(key)) return undefined;
    if (typeof value === "bigint") return `${value}n`;
    // A type that holds itself is told of where it is defined.
    if (key === "definition" || (key === "element" && "fields" in value)) return value.name;
    seen.add(value);
    return value;
  });
}

test("a struct in any layout comes out in house style", () => {
  formatsTo(
    "struct   a\n{int b ;\n\n\n   hyper *c;opaque d [4] ; string e< 8 >;};",
    ["struct a {", "  int b;", "", "  hyper *c;", "  opaque d[4];", "  string e<8>;", "};", ""].join("\n"),
  );
});

test("the numbers of members, constants and procedures stand in a column, until an empty line", () => {
  formatsTo(
    "enum e { A = 1,\nLONGER = 2 , /* c */\nC };\nconst X=1;\nconst LONG=-2;\n\nconst Y = 1;\n" +
      "program P { version V { void NULL(void)=0; int ADD( int a,int b )=1; } = 1; } = 0x20000000;",
    `enum e {
  A      = 1,
  LONGER = 2, /* c */
  C
};

const X    = 1;
const LONG = -2;

const Y = 1;

program P {
  version V {
    void NULL(void)       = 0;
    int ADD(int a, int b) = 1;
  } = 1;
} = 0x20000000;
`,
  );
});

test("case labels stand as far in as the union, each on its line, their arms one step further", () => {
  formatsTo(
    "union u switch(int t){case 1:case -2 : /* two */ int a; default:void;};",
    "union u switch (int t) {\ncase 1:\ncase -2: /* two */\n  int a;\ndefault:\n  void;\n};\n",
  );
});

test("an enum that is on one line and short stays there", () => {
  formatsTo("enum e { A=1,B } ;", "enum e { A = 1, B };\n");
  const long = `enum e { ${Array.from({ length: 20 }, (_, i) => `MEMBER_${i}`).join(", ")} };`;
  assert.equal(formatText(long).split("\n").length, 23);
});

test("comments keep their text and what they belong to", () => {
  formatsTo(
    "/* file */\n\n/*\n\t* about a\n\t*/\nstruct a { // begins\n int b; // beside\n    /* above c */\n int c; /* in\n   two lines */\n/* last */ } ;",
    `/* file */

/*
 * about a
 */
struct a { // begins
  int b; // beside
  /* above c */
  int c; /* in
   two lines */
  /* last */
};
`,
  );
});

test("a comment stays that of the declaration before it or after it, whatever else is on its line", () => {
  const fields = formatText("struct s { int a; /* of a */ /** of b\n */ int b; };\n");
  assert.match(fields, /int a; \/\* of a \*\/\n {2}\/\*\* of b/);
  const members = formatText("enum e {\n  A = 1, /** of\n A */\n  B = 2 };\n");
  assert.match(members, /A = 1, \/\*\* of\n A \*\/\n {2}B = 2/);
  for (const text of [fields, members]) assert.equal(formatText(text), text);
});

test("a line comment in the middle of a statement does not swallow the rest", () => {
  formatsTo("const A // why\n= 1;", "const A // why\n    = 1;\n");
});

test("directives, % lines and what stands in #if 0 stay as they are", () => {
  const kept =
    "#ifdef RPC_HDR\n  %  #include   <a.h>\n# define  A \\\n   1\n#endif\n#if 0\n  it's   {{ not\n\n\n this language\n#endif\n";
  formatsTo(kept, kept);
});

test("braces that are opened in two branches of a conditional are closed once", () => {
  formatsTo(
    "#ifdef A\nstruct a {\n#else\nstruct b {\n#endif\nint c; };\nconst D = 1;",
    "#ifdef A\nstruct a {\n#else\nstruct b {\n#endif\n  int c;\n};\n\nconst D = 1;\n",
  );
});

test("constant expressions keep their operators apart and their signs together", () => {
  formatsTo(
    "const A=(1<<2)|~B;const C = - 1;typedef int x<A*2>;",
    "const A = (1 << 2) | ~B;\nconst C = -1;\n\ntypedef int x<A * 2>;\n",
  );
});

test("namespaces, nested types and qualified names have a layout too", () => {
  formatsTo(
    "namespace a\n{\nstruct b { struct { int x; } y; c :: d e; };\n}",
    "namespace a {\nstruct b {\n  struct {\n    int x;\n  } y;\n  c::d e;\n};\n}\n",
  );
});

test("a long procedure is broken at a comma, once and for all", () => {
  const args = Array.from({ length: 8 }, (_, i) => `unsigned hyper argument_${i}`).join(", ");
  const once = formatText(`program P { version V { int F(${args}) = 1; } = 1; } = 1;`);
  assert.ok(once.split("\n").every((line) => line.length <= 100));
  assert.equal(formatText(once), once);
});

test("a file begins without empty lines, also with a % line that is indented", () => {
  formatsTo("\n\n\t % a\nconst b=1;", "\t % a\nconst b = 1;\n");
  formatsTo("\n\n#define a\n", "#define a\n");
});

test("a hundred thousand fields are aligned like few", () => {
  const fields = Array.from({ length: 150_000 }, () => "int a; /* b */");
  assert.ok(formatText(`struct s {\n${fields.join("\n")}\n};`).endsWith("\n  int a; /* b */\n};\n"));
});

test("a text is returned as it is if its brackets are nested too deeply to be laid out", () => {
  for (const [open, close] of ["()", "[]", "{}"].map((one) => [...one])) {
    const nested = (depth: number): string => `const  a = ${open?.repeat(depth)}1${close?.repeat(depth)};`;
    assert.notEqual(formatText(nested(200)), nested(200));
    assert.equal(formatText(nested(201)), nested(201));
    assert.equal(formatText(nested(100_000)), nested(100_000));
  }
});

test("comments behind each other do not move each other ever farther", () => {
  const text = `${"/* a\n * b */".repeat(20_000)}\n`;
  const formatted = formatText(text);
  assert.ok(formatted.length < 50 * text.length, `${formatted.length}`);
  assert.equal(formatText(formatted), formatted);
});

test("a stray # or % stays behind what it follows: at the beginning of a line it would be a directive", () => {
  const body = "struct s {\n  int a; ## (>;\n  int b; /* c */ % d;\n} # e";
  const inactive = `#ifdef NEVER\n${body}\n#endif\n`;
  const once = formatText(inactive);
  assert.match(once, /int a; ## \(>;/);
  assert.match(once, /int b; \/\* c \*\/ % d;/);
  assert.equal(formatText(once), once);
  assert.notEqual(compileInterface({ file: "x.x", text: once }).module, undefined);
});

test("line ends and the byte order mark stay", () => {
  assert.equal(formatText("\ufeffconst A=1;\r\nconst B=2;\n"), "\ufeffconst A = 1;\r\nconst B = 2;\r\n");
  assert.equal(formatText(""), "");
});

test("formatting twice is formatting once, and never changes what a file compiles to", () => {
  fc.assert(
    fc.property(interfaceText, (text) => {
      const once = formatText(text);
      assert.equal(formatText(once), once);
      assert.equal(meaning(once), meaning(text));
    }),
    { numRuns: countOf(500, 25) },
  );
});

test("the generated interfaces compile, so that the property above says something", () => {
  const samples = fc.sample(interfaceText, { numRuns: 50, seed: 1 });
  const good = samples.filter((text) => compileInterface({ file: "x.x", text }).module !== undefined);
  assert.equal(good.length, samples.length);
});

test("tokens in any order whatever stay, every one", () => {
  const soup = fc.array(
    fc.constantFrom(
      "{",
      "}",
      "(",
      ")",
      "<",
      ">",
      ";",
      ",",
      ":",
      "=",
      "/*",
      "*/",
      "//",
      "\n",
      "\n#if 0\n",
      "\n#endif\n",
      '"s"',
      "'c'",
      "\n%line\n",
      "enum ",
      "union ",
      "case ",
      "a ",
      "1",
      "-",
      "*",
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(soup, (parts) => {
      const text = parts.join("");
      assert.equal(piecesOf(formatText(text)).length, piecesOf(text).length);
    }),
    { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? (process.env["LUPINE_TEST_ALL"] ? 2000 : 60)) },
  );
});

test("a number keeps the apostrophes between its digits", () => {
  formatsTo("const A=1'000'000;const B='x';", "const A = 1'000'000;\nconst B = 'x';\n");
});
