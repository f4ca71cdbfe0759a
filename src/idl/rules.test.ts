// Errors and warnings of what a file means: names, ranges, types.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "./compile.js";
import { type Expected, program, testEach } from "./syntax/expected.test.support.js";

const NAMES: readonly Expected[] = [
  {
    code: "undefined-name",
    text: "struct s { «intt» a; intt b; };",
    message: "the type intt is not defined",
    hint: "did you mean `int`?",
  },
  {
    code: "undefined-name",
    text: "struct s { «boolean» a; };",
    message: "the type boolean is not defined",
    hint: "did you mean `bool`?",
  },
  {
    code: "undefined-name",
    text: "struct s { «number» a; };",
    message: "the type number is not defined",
    hint: "did you mean `double`?",
  },
  {
    code: "undefined-name",
    text: "struct numbers { int a; }; struct s { «number» a; };",
    message: "the type number is not defined",
    hint: "did you mean `numbers`?",
  },
  {
    code: "undefined-name",
    text: "typedef struct «nowhere» *p;",
    message: "the type nowhere is not defined",
    hint: "define it (`struct nowhere { ... };`), or name the file that does: --import FILE.x or --extern nowhere=MODULE",
  },
  {
    code: "undefined-name",
    text: "const MAXIMUM = 1; typedef int a<«MAXIMUN»>;",
    message: "the constant MAXIMUN is not defined",
    hint: "did you mean `MAXIMUM`?",
  },
  {
    code: "undefined-name",
    text: "program CLOCKPROG { version V { void F(void) = 1; } = 1; } = «CLOCK_PROG»;",
    message: "the constant CLOCK_PROG is not defined",
    hint: "define it: `const CLOCK_PROG = 1;`, or -DCLOCK_PROG=1",
  },
  {
    code: "undefined-name",
    text: "const A = «B»;",
    message: "the constant B is not defined",
    hint: "define it: `const B = 1;`, or -DB=1",
  },
  {
    code: "wrong-kind",
    text: "struct s { int a; }; const A = «s»;",
    message: "s is a type, but a constant is needed here",
  },
  {
    code: "wrong-kind",
    text: "const A = 1; struct s { «A» a; };",
    message: "A is a constant, but a type is needed here",
  },
  {
    code: "wrong-kind",
    text: `${program("void F(void) = 1;")} typedef «P» x;`,
    message: "P is a program, but a type is needed here",
  },
  {
    code: "duplicate-name",
    text: "struct s { int a; };\nenum «s» { A };",
    message: "s is defined twice",
    hint: "rename one of the two",
    related: ["s"],
  },
  {
    code: "duplicate-name",
    text: "struct s { int a; int «a»; };",
    message: "struct s has two fields called a",
    hint: "rename one of the two",
    related: ["a"],
  },
  {
    code: "duplicate-name",
    text: "struct s { int «next»; s *next; };",
    message: "struct s has two fields called next",
    hint: "its last field has this name too",
  },
  {
    code: "duplicate-name",
    text: "enum e { A, B, «A» };",
    message: "the enum has two members called A",
    hint: "rename one of the two",
    related: ["A"],
  },
  {
    code: "duplicate-name",
    text: program("void F(void) = 1; void «F»(void) = 2;"),
    message: "version V has two procedures called F",
    hint: "rename one of the two",
    related: ["F"],
  },
  {
    code: "duplicate-name",
    text: program("void «F»(int a, int a) = 1;"),
    message: "F has two arguments called a",
    related: ["F"],
  },
  {
    code: "duplicate-name",
    text: "program P { version V { void F(void) = 1; } = 1; version «V» { void F(void) = 1; } = 2; } = 1;",
    message: "program P has two versions called V",
    related: ["V"],
  },
  {
    code: "duplicate-number",
    text: program("void F(void) = 1; void «G»(void) = 1;"),
    message: "G has the procedure number 1, as F has",
    hint: "the next free number is 2",
    related: ["F"],
  },
  {
    code: "duplicate-number",
    text: "program P { version V { void F(void) = 1; } = 1; version «W» { void F(void) = 1; } = 1; } = 1;",
    message: "W has the version number 1, as V has",
    hint: "the next free number is 2",
    related: ["V"],
  },
];

const RANGES: readonly Expected[] = [
  {
    code: "out-of-range",
    text: "const A = «0x100000000000000000000000000000000»;",
    message: "340282366920938463463374607431768211456 is out of range for a constant of 128 bits",
    hint: "it must be between -170141183460469231731687303715884105728 and 340282366920938463463374607431768211455",
  },
  {
    code: "out-of-range",
    text: "typedef int a<«4294967296»>;",
    message: "4294967296 is out of range for a length (an unsigned int)",
    hint: "it must be between 0 and 4294967295",
  },
  {
    code: "out-of-range",
    text: "typedef int a[«-1»];",
    message: "-1 is out of range for a length (an unsigned int)",
    hint: "it must be between 0 and 4294967295",
  },
  {
    code: "out-of-range",
    text: "enum e { A = «4294967296» };",
    message: "4294967296 is out of range for the value of an enum member (a signed int)",
    hint: "it must be between -2147483648 and 2147483647",
  },
  {
    code: "out-of-range",
    text: "enum e { A = «-0x80000001» };",
    message: "-2147483649 is out of range for the value of an enum member (a signed int)",
    hint: "it must be between -2147483648 and 2147483647",
  },
  {
    code: "out-of-range",
    text: "union u switch (unsigned k) { case «-1»: int a; default: void; };",
    message: "-1 is out of range for a case of an unsigned int",
    hint: "it must be between 0 and 4294967295",
  },
  {
    code: "out-of-range",
    text: "union u switch (bool k) { case «2»: int a; default: void; };",
    message: "2 is out of range for a case of a bool (TRUE or FALSE)",
    hint: "it must be between 0 and 1",
  },
  {
    code: "out-of-range",
    text: program("void F(void) = «4294967296»;"),
    message: "4294967296 is out of range for a procedure number (an unsigned int)",
    hint: "it must be between 0 and 4294967295",
  },
  { code: "out-of-range", text: "const A = «1 / 0»;", message: "this has no value: the right operand is not allowed" },
  { code: "out-of-range", text: "const A = «(1 << 64) * (1 << 64) * (1 << 64)»;", message: "this value is too large" },
  { code: "not-constant", text: 'const A = «"x" + 1»;', message: "strings cannot be used in calculations" },
  {
    code: "not-constant",
    text: 'const A = "x"; typedef int a[«A»];',
    message: "a string cannot be a length (an unsigned int)",
  },
  { code: "circular-constant", text: "const «A» = B + 1; const B = A;", message: "the value of A depends on itself" },
];

const TYPES: readonly Expected[] = [
  {
    code: "circular-type",
    text: "struct s { int a; s «again»; };",
    message: "struct s contains itself, so it has no end",
    hint: "put a pointer in between, as in `node *next;`",
  },
  {
    code: "circular-type",
    text: "struct a { b «x»; }; typedef b2 b; struct b2 { a y[2]; };",
    message: "struct a contains itself through b, b2, so it has no end",
    hint: "put a pointer in between, as in `node *next;`",
    related: ["b", "y"],
  },
  {
    code: "circular-type",
    text: "union u switch (bool k) { case TRUE: u «a»; case FALSE: u b; };",
    message: "union u contains itself, so it has no end",
    hint: "put a pointer in between, as in `node *next;`",
  },
  {
    code: "nested-optional",
    text: "struct entry { int v; entry *next; }; typedef «s *»s;",
    message: "a pointer to a pointer is ambiguous: which of the two is null?",
    hint: "`s` is optional already: leave out this `*`, or wrap it: `struct maybe { s value; };`",
  },
  {
    code: "circular-type",
    text: "typedef b «a»; typedef a b;",
    message: "the typedef a refers to itself",
    hint: "one of the typedefs must name another type",
    related: ["b"],
  },
  {
    code: "invalid-discriminant",
    text: "union u switch («hyper» k) { case 1: int a; default: void; };",
    message: "this type cannot be the discriminant of a union",
    hint: "the discriminant is an int, an unsigned int, a bool or an enum (RFC 4506 section 4.15)",
  },
  {
    code: "duplicate-case",
    text: "union u switch (unsigned k) { case 0x10: int a; case «0x10»: hyper b; default: void; };",
    message: "union u has two cases for 0x10",
    hint: "there is no case yet for 17",
    related: ["0x10"],
  },
  {
    code: "duplicate-case",
    text: "const MAX = 16; union u switch (unsigned k) { case MAX: int a; case «0x10»: hyper b; default: void; };",
    message: "union u has two cases for 0x10, the first as MAX",
    hint: "there is no case yet for 17",
    related: ["MAX"],
  },
  {
    code: "duplicate-case",
    text: "union u switch (int k) { case 1: int a; case «1»: int b; default: void; };",
    message: "union u has two cases for 1",
    hint: "there is no case yet for 2",
    related: ["1"],
  },
  {
    code: "duplicate-case",
    text: "union u switch (int k) { default: int a; «default»: void; };",
    message: "union u has two default arms",
    related: ["default"],
  },
  {
    code: "invalid-void",
    text: "struct s { int a; «void»; };",
    message: "a field cannot be void",
    hint: "remove it",
  },
  {
    code: "invalid-void",
    text: "struct s { «void» a; };",
    message: "void has no value, so it cannot have a name or a modifier",
    hint: "write `void;` alone",
  },
  {
    code: "invalid-void",
    text: program("void F(int, «void») = 1;"),
    message: "void must be the only argument",
    hint: "remove it, or write `(void)` for no argument",
  },
  {
    code: "invalid-void",
    text: "struct s { «void» *a; };",
    message: "a pointer to void has no meaning on the wire",
    hint: "for bytes of any kind use `opaque data<>`",
  },
  {
    code: "invalid-void",
    text: program("«void» *F(void) = 1;"),
    message: "a pointer to void has no meaning on the wire",
    hint: "for bytes of any kind use `opaque data<>`",
  },
  {
    code: "invalid-declaration",
    text: "struct s { string a«[5]»; };",
    message: "a string has no fixed length",
    hint: "`string a<5>;` for at most 5 bytes; for an array of strings `typedef string text<>;`, then `text a[5];`",
  },
  {
    code: "invalid-declaration",
    text: "struct s { opaque «a»; };",
    message: "opaque data needs a length",
    hint: "write `opaque a[16]` for exactly 16 bytes, `opaque a<>` for any number",
  },
  {
    code: "typedef-needed",
    text: "struct s { int a[2]«[3]»; };",
    message: "an array of arrays needs a typedef",
    hint: "`typedef int a_item[3];`, then `a_item a[2];`",
  },
  {
    code: "typedef-needed",
    text: "struct s { int *a«<3>»; };",
    message: "an array of pointers needs a typedef",
    hint: "typedef the pointer first: `typedef int *int_pointer;`, then `int_pointer a<3>;`",
  },
  {
    code: "typedef-needed",
    text: "struct s { string «*»a; };",
    message: "a pointer to string needs a typedef",
    hint: "`typedef string text<>;`, then `text *a;`",
  },
  {
    code: "typedef-needed",
    text: program("void F(int«<>») = 1;"),
    message: "an array cannot be an argument or a result directly",
    hint: "give it a name: `typedef int numbers<>;`, then write `numbers` here",
  },
  {
    code: "typedef-needed",
    text: program("«opaque» F(void) = 1;"),
    message: "opaque data cannot be a result directly",
    hint: "give it a name: `typedef opaque data<>;`, then write `data` here",
  },
  {
    code: "typedef-needed",
    text: program("void F(«opaque» data<5>) = 1;"),
    message: "opaque data cannot be an argument directly",
    hint: "give it a name: `typedef opaque data<5>;`, then write `data` here",
  },
  {
    code: "nested-optional",
    text: "struct s { int *«*»a; };",
    message: "a pointer to a pointer is not allowed",
    hint: "wrap the inner one: `struct maybe { int *value; };`, then `maybe *a;`",
  },
  {
    code: "nested-optional",
    text: "typedef int *p; struct s { «p *»a; };",
    message: "a pointer to a pointer is ambiguous: which of the two is null?",
    hint: "`p` is optional already: leave out this `*`, or wrap it: `struct maybe { p value; };`",
  },
  {
    code: "empty-definition",
    text: "struct s «{ }»;",
    message: "struct s is empty",
    hint: "a struct needs a field; to send nothing, write void",
  },
  {
    code: "empty-definition",
    text: "enum e «{}»;",
    message: "enum e is empty",
    hint: "an enum needs a member: `{ NONE = 0 }`",
  },
  {
    code: "empty-definition",
    text: "program P «{}» = 1;",
    message: "program P is empty",
    hint: "a program needs a version: `version NAME { ... } = 1;`",
  },
];

const WARNINGS: readonly Expected[] = [
  {
    code: "unsigned-value",
    text: "enum e { A = «0x80000000» };",
    message: "2147483648 is too large for the value of an enum member (a signed int), and is sent as -2147483648",
    hint: "the same 32 bits; write -2147483648 instead",
  },
  {
    code: "unsigned-value",
    text: "enum e { A = 0x7fffffff, «B» };",
    message: "2147483648 is too large for the value of an enum member (a signed int), and is sent as -2147483648",
    hint: "the same 32 bits; write -2147483648 instead",
  },
  {
    code: "unsigned-value",
    text: "enum e { A = «0xffffffff» }; union u switch (e k) { case A: int a; };",
    message: "4294967295 is too large for the value of an enum member (a signed int), and is sent as -1",
    hint: "the same 32 bits; write -1 instead",
  },
  {
    code: "unsigned-value",
    text: "enum e { A = -1 }; union u switch (e k) { case «4294967295»: int a; };",
    message: "4294967295 is too large for a case of an enum, and is sent as -1",
    hint: "the same 32 bits; write -1 instead",
  },
  {
    code: "duplicate-number",
    text: `${program("void F(void) = 1;")} program «Q» { version W { void F(void) = 1; } = 1; } = 1;`,
    message: "Q has the program number 1, as P has",
    hint: "one server cannot implement both: change one of the numbers, if no peer uses it",
    related: ["P"],
  },
  {
    code: "shared-arm-name",
    text: "union u switch (int k) { case 1: int a; case 2: hyper «a»; default: void; };",
    message: "union u has two arms called a",
    hint: "C needs a name for each: rename one of the two",
    related: ["a"],
  },
  {
    code: "unknown-case",
    text: "enum e { A, B }; union u switch (e k) { case A: case B: int a; case «0x20»: void; };",
    message: "0x20 is not a member of e, but is accepted here",
    hint: "its members are A or B: add this one, or correct it",
  },
  {
    code: "unknown-case",
    text: "enum e { A, B, C }; const X = 7; union u switch (e k) { case «X»: int a; default: void; };",
    message: "X (7) is not a member of e, but is accepted here",
    hint: "its members are A, B or C: add this one, or correct it",
  },
  {
    code: "unknown-case",
    text: "enum e { A, B }; typedef e f; union u switch (f k) { case A: case B: int a; case «-1»: void; };",
    message: "-1 is not a member of e, but is accepted here",
    hint: "its members are A or B: add this one, or correct it",
  },
  {
    code: "missing-case",
    text: "enum e { A, B, C }; union «u» switch (e k) { case B: int a; };",
    message: "union u has no case for A or C",
    hint: "add `default: void;` if nothing follows these, or, if these are never sent, add a comment: `/* lupine-ignore missing-case: never sent */`",
  },
  {
    code: "missing-case",
    text: "union «u» switch (bool k) { case TRUE: int a; };",
    message: "union u has no case for FALSE",
    hint: "add `default: void;` if nothing follows these, or, if these are never sent, add a comment: `/* lupine-ignore missing-case: never sent */`",
  },
  {
    code: "ambiguous-name",
    text: "enum a { X }; enum b { «X» };",
    message: "X is also the name of another constant",
    hint: "outside this enum's unions the name means the first one",
    related: ["X"],
  },
];

test("a member beyond the greatest int is the negative number of the same bits, as it is on the wire", () => {
  const text =
    "enum e { A = 0x80000000, B = 0xffffffff, C = 5 }; union u switch (e k) { case B: int x; default: void; };";
  const { module } = compileInterface({ file: "t.x", text });
  const [first, second] = module?.definitions ?? [];
  assert.ok(first?.kind === "enum" && second?.kind === "union");
  assert.deepEqual(
    first.members.map(({ value }) => value),
    [-0x8000_0000, -1, 5],
  );
  assert.deepEqual(
    second.cases.map(({ values }) => values[0]?.value),
    [-1],
  );
});

describe("errors of names", () => testEach("error", NAMES));
describe("errors of ranges", () => testEach("error", RANGES));
describe("errors of types", () => testEach("error", TYPES));
describe("warnings", () => testEach("warning", WARNINGS));
