// Explains each diagnostic code: a sentence, the reason and the fix, an example file with it, and the same file corrected.

/** One code, as docs/diagnostics.md explains it. */
export interface Explanation {
  readonly summary: string;
  readonly advice: string;
  /** An interface that gets the code; undefined if no short one can. */
  readonly wrong?: string;
  readonly right?: string;
}

const explanations = {
  syntax: {
    summary: "The text is not what the grammar has at this place.",
    advice:
      "The message names what was expected and what stands there. A lost brace or semicolon is reported where it should be, and reading goes on behind it.",
    wrong: "struct point {\n  int x\n  int y;\n};",
    right: "struct point {\n  int x;\n  int y;\n};",
  },
  "invalid-character": {
    summary: "A character has no meaning in an interface.",
    advice: "Names are made of letters, digits and underscores. Take the character out, or put it into a comment.",
    wrong: "struct price { int $amount; };",
    right: "struct price { int amount; };",
  },
  "comment-in-comment": {
    summary: "A comment begins inside another one, which was probably not closed.",
    advice:
      "A comment ends at the first `*/`, as in C: what stands between is part of it, and a field that is lost so changes the wire format. Close the first comment, or take the inner `/*` out.",
    wrong: "struct size {\n  int width;   /* in pixels\n  int height;  /* in pixels */\n};",
    right: "struct size {\n  int width;   /* in pixels */\n  int height;  /* in pixels */\n};",
  },
  unterminated: {
    summary: "A comment, string or character constant is not closed.",
    advice: "Comments end with `*/`, strings with a quote on the same line.",
    wrong: 'const GREETING = "hello;',
    right: 'const GREETING = "hello";',
  },
  "malformed-number": {
    summary: "A word begins with a digit and is not a number.",
    advice: "Numbers are decimal (12), hexadecimal (0x1F) or octal (017); names begin with a letter.",
    wrong: "const LIMIT = 089;",
    right: "const LIMIT = 89;",
  },
  "unsupported-directive": {
    summary: "A line that begins with # is no directive, or its condition cannot be evaluated.",
    advice:
      "Conditions are made of integers, symbols, `defined(SYMBOL)` and C's operators. Lines for C alone begin with `%`.",
    wrong: "#if VERSION >=\nconst A = 1;\n#endif",
    right: "#if VERSION >= 2\nconst A = 1;\n#endif",
  },
  "error-directive": {
    summary: "The file stops itself with #error, or warns with #warning.",
    advice: "Its text says what the file wants, often a symbol: give it with -D.",
    wrong: "#ifndef SIZE\n#error SIZE is not given\n#endif",
    right: "#define SIZE 4\n#ifndef SIZE\n#error SIZE is not given\n#endif",
  },
  "extra-tokens": {
    summary: "What follows #else, #endif or #include on its line is not read.",
    advice: "Make it a comment.",
    wrong: "#ifdef A\n#endif A",
    right: "#ifdef A\n#endif /* A */",
  },
  "unknown-annotation": {
    summary: "A word that begins with @ in a comment looks like a misspelt annotation.",
    advice:
      "Annotations are @idempotent, @oneway and @since RELEASE, above a procedure or behind it. A misspelt one has no effect. Words that are like none of them belong to other tools and are passed over.",
    wrong: "program P {\n  version V {\n    /** @idempotant */\n    int GET(int) = 1;\n  } = 1;\n} = 0x20000001;",
    right: "program P {\n  version V {\n    /** @idempotent */\n    int GET(int) = 1;\n  } = 1;\n} = 0x20000001;",
  },
  "misplaced-annotation": {
    summary: "An annotation stands where it has no effect.",
    advice:
      "Annotations stand directly above a procedure, with no blank line between, or behind it on its line. @oneway is for procedures that return void, since no reply is sent.",
    wrong: "/** @idempotent */\nstruct point { int x; int y; };",
    right: "struct point { int x; int y; };",
  },
  "found-beside": {
    summary:
      "Names that the interface does not define are defined by another one in the same folder, which is imported.",
    advice:
      'Say so yourself with --import, or with a line `%#include "types.h"` in the file. A file that also defines a type of this one is not looked at, nor is a name that several files define.',
  },
  "left-to-c": {
    summary:
      "A type or a constant is not defined here, but C code or headers that the interface asks for may define it.",
    advice:
      "Such a type is imported from a module that `lupine gen` begins once, NAME.externs.ts, and you finish; a length without a known limit has none. Better: say who defines it with --import FILE.x, --extern NAME=MODULE or -DNAME=VALUE.",
    wrong: '%#include "clock.h"\nstruct event { clock_reading at; };',
    right: "typedef unsigned hyper clock_reading;\nstruct event { clock_reading at; };",
  },
  "include-not-found": {
    summary: "A file that is included was not found.",
    advice:
      "Files are looked for beside the one that asks, then in the folders of -I. Of C headers only the macros count, so a missing one is a warning.",
    wrong: '#include "nowhere.h"',
    right: "const SIZE = 4;",
  },
  "include-too-deep": {
    summary: "Files include each other without end.",
    advice: "Guard each file with `#ifndef NAME`, `#define NAME` and `#endif`, or begin it with `#pragma once`.",
  },
  macro: {
    summary: "A macro cannot be used as it is.",
    advice:
      "Its arguments do not fit its parameters, it has signs that no interface has, or it makes text without end.",
    wrong: "#define TRACE(name, level)\nTRACE(start)\nconst A = 1;",
    right: "#define TRACE(name, level)\nTRACE(start, 2)\nconst A = 1;",
  },
  ignored: {
    summary: "A line is for other compilers and changes nothing.",
    advice: "Nothing needs to be done.",
    wrong: "#pragma ident x\nconst A = 1;",
    right: "const A = 1;",
  },
  "not-utf8": {
    summary: "A file is not UTF-8. It was read as Latin-1; UTF-16 and UTF-32 cannot be read.",
    advice: "Save it as UTF-8, at least if letters in comments or strings come out wrong.",
  },
  "unbalanced-conditional": {
    summary: "#if and #endif do not match.",
    advice: "Every #if, #ifdef and #ifndef needs one #endif behind it, in the same file.",
    wrong: "#ifdef A\nconst B = 1;",
    right: "#ifdef A\nconst B = 1;\n#endif",
  },
  "reserved-word": {
    summary: "A type is called like a word of the language.",
    advice:
      "`int`, `string`, `opaque`, `struct` and their like always begin a type. Fields and constants may be called so.",
    wrong: "typedef hyper long;",
    right: "typedef hyper long_int;",
  },
  "too-deep": {
    summary: "Something is nested deeper than the compiler follows.",
    advice: "Give inner types, constants or conditions names of their own.",
  },
  "too-many-errors": {
    summary: "So many errors were found that the rest of the file was not checked.",
    advice: "Put the first ones right: later ones often follow from them.",
  },
  "undefined-name": {
    summary: "A type or constant is used and nowhere defined.",
    advice:
      'Correct the name, define it, import the interface that defines it (`%#include "types.h"` stands for types.x), or give a number with -DNAME=5.',
    wrong: "struct file { strng name<255>; };",
    right: "struct file { string name<255>; };",
  },
  "wrong-kind": {
    summary: "A name stands for something else than is needed here.",
    advice: "A type is needed where a constant or program is named, or a constant where a type is.",
    wrong: "const SIZE = 4;\nstruct file { SIZE name; };",
    right: "const SIZE = 4;\nstruct file { opaque name[SIZE]; };",
  },
  "duplicate-name": {
    summary: "Two things have one name.",
    advice: "Types and constants share one namespace (RFC 4506 section 6.4). Rename one, or remove it.",
    wrong: "struct point { int x; };\nstruct point { int y; };",
    right: "struct point { int x; };\nstruct size { int y; };",
  },
  "duplicate-number": {
    summary: "Two procedures, versions or programs have one number.",
    advice:
      "Peers tell them apart by number alone (RFC 5531 section 12.3): give each its own. Of programs it is a warning: clients can call either, and a server offers one of them.",
    wrong: "program P { version V { void A(void) = 1; void B(void) = 1; } = 1; } = 0x20000001;",
    right: "program P { version V { void A(void) = 1; void B(void) = 2; } = 1; } = 0x20000001;",
  },
  "duplicate-case": {
    summary: "A union has two arms for one value.",
    advice: "Remove one, or correct its value.",
    wrong: "union u switch (int kind) { case 1: int a; case 1: hyper b; default: void; };",
    right: "union u switch (int kind) { case 1: int a; case 2: hyper b; default: void; };",
  },
  "shared-arm-name": {
    summary: "Two arms of a union have one name.",
    advice:
      "RFC 4506 section 6.4 wants names of their own, and C's union does not compile. On the wire and in TypeScript the discriminant tells the arms apart, so that the interface can be used as it is.",
    wrong: "union u switch (bool b) { case TRUE: int value; case FALSE: hyper value; };",
    right: "union u switch (bool b) { case TRUE: int number; case FALSE: hyper wide; };",
  },
  "missing-case": {
    summary: "A union has no arm for some values of its discriminant.",
    advice: "Such values can then not be sent. Add cases, or `default: void;` if nothing follows them.",
    wrong: "union u switch (bool more) { case TRUE: int a; };",
    right: "union u switch (bool more) { case TRUE: int a; case FALSE: void; };",
  },
  "unreachable-default": {
    summary: "A union's default arm can never be chosen.",
    advice:
      "Every value of the discriminant has a case of its own, and others are refused. Remove the default, or a case.",
    wrong: "union u switch (bool more) { case TRUE: int a; case FALSE: void; default: int b; };",
    right: "union u switch (bool more) { case TRUE: int a; case FALSE: void; };",
  },
  "unknown-case": {
    summary: "A case is no member of the discriminant's enum.",
    advice:
      "Correct it, or add it to the enum. C compares numbers, so its peers send such a value all the same: the union takes it, and `Union_discriminant` is the enum with this one added.",
    wrong: "enum e { A = 1 };\nunion u switch (e kind) { case A: int a; case 2: void; };",
    right: "enum e { A = 1, B = 2 };\nunion u switch (e kind) { case A: int a; case B: void; };",
  },
  "ambiguous-name": {
    summary: "An enum's member has the name of another constant.",
    advice: "In the enum's unions it means the member, elsewhere the other one. Rename it to be clear.",
    wrong: "const RED = 1;\nenum color { RED = 2 };",
    right: "enum color { RED = 2 };",
  },
  "out-of-range": {
    summary: "A number does not fit where it stands.",
    advice: "Lengths, programs, versions and procedures are unsigned 32-bit numbers, members of enums signed ones.",
    wrong: "typedef opaque blob<0x100000000>;",
    right: "typedef opaque blob<0xffffffff>;",
  },
  "unsigned-value": {
    summary: "A member of an enum, or a case, is given as an unsigned number beyond the greatest int.",
    advice:
      "It has 32 bits as an int does, so C sends them, and so does Lupine: 0xffffffff is -1 on the wire and in TypeScript. Write the negative number.",
    wrong: "enum e { LAST = 0xffffffff };",
    right: "enum e { LAST = -1 };",
  },
  "not-constant": {
    summary: "A string stands where a number is needed.",
    advice: "Lengths, cases and numbers of programs are integers.",
    wrong: 'const SIZE = "4";\ntypedef opaque blob<SIZE>;',
    right: "const SIZE = 4;\ntypedef opaque blob<SIZE>;",
  },
  "circular-constant": {
    summary: "A constant depends on itself.",
    advice: "Give one of the circle a number.",
    wrong: "const A = B;\nconst B = A;",
    right: "const A = B;\nconst B = 1;",
  },
  "circular-type": {
    summary: "A type contains itself and so has no end.",
    advice:
      "Put a pointer in between: it may be null, and there the value ends. An array of no fixed length does as well.",
    wrong: "struct node { int value; node next; };",
    right: "struct node { int value; node *next; };",
  },
  "invalid-discriminant": {
    summary: "A union cannot be told apart by this type.",
    advice: "Discriminants are int, unsigned int, bool or an enum (RFC 4506 section 4.15).",
    wrong: "union u switch (hyper kind) { case 1: int a; default: void; };",
    right: "union u switch (int kind) { case 1: int a; default: void; };",
  },
  "invalid-void": {
    summary: "void stands where there must be a value.",
    advice: "void is for arms, arguments and results that are nothing. Bytes of any kind are `opaque data<>`.",
    wrong: "struct s { int a; void b; };",
    right: "struct s { int a; };",
  },
  "invalid-declaration": {
    summary: "A declaration has a form that means nothing on the wire.",
    advice: "opaque needs a length, and strings have only a greatest one.",
    wrong: "struct s { opaque key; };",
    right: "struct s { opaque key[16]; };",
  },
  "typedef-needed": {
    summary: "A type can stand here only under a name of its own.",
    advice:
      "Arrays of arrays, and arrays or opaque data as arguments, are given a name with a typedef first (RFC 5531 section 12.2).",
    wrong: "program P { version V { int SUM(int<>) = 1; } = 1; } = 0x20000001;",
    right: "typedef int numbers<>;\nprogram P { version V { int SUM(numbers) = 1; } = 1; } = 0x20000001;",
  },
  "name-behind-body": {
    summary: "A type has its name behind its braces, as a variable in C.",
    advice:
      "RFC 4506 section 4.3 has such an example. The type is called by this name. Write the name before the braces, so that rpcgen reads it, too.",
    wrong: "enum { RED = 2, YELLOW = 3, BLUE = 5 } colors;",
    right: "enum colors { RED = 2, YELLOW = 3, BLUE = 5 };",
  },
  "char-pointer": {
    summary: "`char *` is a single character that may be missing, and not text.",
    advice: "For text write `string name<>`, for bytes `opaque name<>`, with a bound between the brackets.",
    wrong: "struct person { char *name; };",
    right: "struct person { string name<80>; };",
  },
  "nested-optional": {
    summary: "A pointer to a pointer cannot be told apart from none.",
    advice: "Wrap the inner pointer in a struct.",
    wrong: "typedef int *maybe;\nstruct s { maybe *a; };",
    right: "struct maybe { int *value; };\nstruct s { maybe *a; };",
  },
  "empty-definition": {
    summary: "A struct, union, enum, version or program has nothing in it.",
    advice: "Each needs a member (RFC 4506 section 6.3). Where nothing is sent, write void.",
    wrong: "struct nothing { };",
    right: "struct something { int a; };",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

/** Stable across releases, for tools to match on. */
export type DiagnosticCode = keyof typeof explanations;

/** Every code with what it means. */
export const EXPLANATIONS: Readonly<Record<DiagnosticCode, Explanation>> = explanations;

/** docs/diagnostics.md. */
export function explanationsPage(): string {
  const codes = Object.keys(EXPLANATIONS).sort() as DiagnosticCode[];
  const intro = [
    "# Diagnostics",
    "",
    "What `lupine check`, `lupine gen` and editors say about an interface file, by code. Codes are stable across releases.",
    "This page is made from the compiler's own table: `node scripts/diagnostics.mjs` writes it.",
  ];
  return `${[...intro, ...codes.flatMap((code) => ["", ...section(code, EXPLANATIONS[code])])].join("\n")}\n`;
}

/** The section about one code, as the page has it; undefined for a code that there is not. */
export function explanationText(code: string): string | undefined {
  const explanation = Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code as DiagnosticCode] : undefined;
  return explanation === undefined ? undefined : section(code, explanation).join("\n");
}

function section(code: string, { summary, advice, wrong, right }: Explanation): string[] {
  const lines = [`## ${code}`, "", summary, "", advice];
  if (wrong !== undefined) lines.push("", "```c", wrong, "```");
  if (right !== undefined) lines.push("", "Instead:", "", "```c", right, "```");
  return lines;
}
