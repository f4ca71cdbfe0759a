// Explains each diagnostic code: a sentence, the reason and the fix, an example file with it, and the same file corrected.

/** One code, as docs/diagnostics.md explains it. */
export interface Explanation {
  /** One sentence: when the code is reported. */
  readonly summary: string;
  /** The reason, and how to fix it. */
  readonly advice: string;
  /** An interface that causes this code; undefined if there is no short one. */
  readonly wrong?: string;
  /** The same interface, corrected; undefined if there is no `wrong`. */
  readonly right?: string;
}

const explanations = {
  syntax: {
    summary: "The text does not follow the grammar at this position.",
    advice:
      "The message names what was expected and what was found. A missing brace or semicolon is reported where it belongs, and the compiler continues after it.",
    wrong: "struct point {\n  int x\n  int y;\n};",
    right: "struct point {\n  int x;\n  int y;\n};",
  },
  "invalid-character": {
    summary: "A character has no meaning in an interface.",
    advice: "Names are made of letters, digits and underscores. Remove the character, or move it into a comment.",
    wrong: "struct price { int $amount; };",
    right: "struct price { int amount; };",
  },
  "comment-in-comment": {
    summary: "A comment begins inside another one, which was probably not closed.",
    advice:
      "A comment ends at the first `*/`, as in C. Everything before that is part of the comment, and a field that is lost in this way changes the wire format. Close the first comment, or remove the inner `/*`.",
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
    summary: "A line that begins with # is not a valid directive, or its condition cannot be evaluated.",
    advice:
      "Conditions consist of integers, symbols, `defined(SYMBOL)` and C's operators. Lines for C alone begin with `%`.",
    wrong: "#if VERSION >=\nconst A = 1;\n#endif",
    right: "#if VERSION >= 2\nconst A = 1;\n#endif",
  },
  "error-directive": {
    summary: "The file stops the compilation with #error, or warns with #warning.",
    advice: "The text says what the file needs, often a symbol: define it with -D.",
    wrong: "#ifndef SIZE\n#error SIZE is not given\n#endif",
    right: "#define SIZE 4\n#ifndef SIZE\n#error SIZE is not given\n#endif",
  },
  "extra-tokens": {
    summary: "Text after #else, #endif or #include on the same line is ignored.",
    advice: "Make it a comment.",
    wrong: "#ifdef A\n#endif A",
    right: "#ifdef A\n#endif /* A */",
  },
  "unknown-annotation": {
    summary: "A word that begins with @ in a comment looks like a misspelt annotation.",
    advice:
      "Annotations are @idempotent, @semantics CHOICE, @oneway, @stream, @inout ARGUMENT and @since RELEASE at a procedure, and @ref NODE at an unsigned int; above it or after it. A misspelt one has no effect. Other words that begin with @ belong to other tools and are ignored.",
    wrong: "program P {\n  version V {\n    /** @idempotant */\n    int GET(int) = 1;\n  } = 1;\n} = 0x20000001;",
    right: "program P {\n  version V {\n    /** @idempotent */\n    int GET(int) = 1;\n  } = 1;\n} = 0x20000001;",
  },
  "misplaced-annotation": {
    summary: "An annotation is at a position where it has no effect.",
    advice:
      "Write annotations directly above a procedure, without a blank line in between, or after it on the same line; on its line, only other annotations may come before it, and @inout is written for each argument. @oneway is for procedures that return void, since no reply is sent, and @stream for procedures that do not. @inout names an argument that can be changed in place, and the result has a field of its name and type, or is of its type. @ref names the struct of the nodes at a field, an arm or a typedef of unsigned int; a struct has the table.",
    wrong: "/** @idempotent */\nstruct point { int x; int y; };",
    right: "struct point { int x; int y; };",
  },
  "missing-table": {
    summary: "A reference (@ref) has no table of nodes beside it, or it is not clear which.",
    advice:
      "References are numbers of nodes in a table: an array of the node's type, in the struct that holds the references. A procedure passes that struct, not the nodes or a single reference. Each type of nodes has one table.",
    wrong:
      "struct node {\n  int value;\n  /** @ref node */\n  unsigned int next;\n};\nstruct graph { node nodes<>; };\nprogram P {\n  version V {\n    int COUNT(node) = 1;\n  } = 1;\n} = 0x20000001;",
    right:
      "struct node {\n  int value;\n  /** @ref node */\n  unsigned int next;\n};\nstruct graph { node nodes<>; };\nprogram P {\n  version V {\n    int COUNT(graph) = 1;\n  } = 1;\n} = 0x20000001;",
  },
  "found-beside": {
    summary:
      "The interface uses names that another interface in the same folder defines. That one is imported automatically.",
    advice:
      'To make this explicit, use --import, or a line `%#include "types.h"` in the file. Files that also define a type of this interface are ignored, and so are names that several files define.',
  },
  "left-to-c": {
    summary: "A type or a constant is not defined here. C code or headers that the interface includes may define it.",
    advice:
      "`lupine gen` creates a module NAME.externs.ts once, from which such a type is imported; you complete its codec. A length given by such a constant is not limited. Better: name the definition with --import FILE.x, --extern NAME=MODULE or -DNAME=VALUE.",
    wrong: '%#include "clock.h"\nstruct event { clock_reading at; };',
    right: "typedef unsigned hyper clock_reading;\nstruct event { clock_reading at; };",
  },
  "include-not-found": {
    summary: "A file that is included was not found.",
    advice:
      "The compiler searches the folder of the including file, then the folders of -I. Only the macros of C headers are used, so a missing header is a warning.",
    wrong: '#include "nowhere.h"',
    right: "const SIZE = 4;",
  },
  "include-too-deep": {
    summary: "Files include each other in an endless loop.",
    advice: "Guard each file with `#ifndef NAME`, `#define NAME` and `#endif`, or begin it with `#pragma once`.",
  },
  macro: {
    summary: "A macro cannot be expanded.",
    advice:
      "Its arguments do not match its parameters, its body has characters that are invalid in an interface, or the expansion does not end.",
    wrong: "#define TRACE(name, level)\nTRACE(start)\nconst A = 1;",
    right: "#define TRACE(name, level)\nTRACE(start, 2)\nconst A = 1;",
  },
  ignored: {
    summary: "A line is meant for other compilers and has no effect.",
    advice: "No action is needed.",
    wrong: "#pragma ident x\nconst A = 1;",
    right: "const A = 1;",
  },
  "not-utf8": {
    summary: "A file is not UTF-8. It was read as Latin-1; UTF-16 and UTF-32 cannot be read.",
    advice: "Save it as UTF-8, in particular if letters in comments or strings look wrong.",
  },
  "unbalanced-conditional": {
    summary: "#if and #endif do not match.",
    advice: "Every #if, #ifdef and #ifndef needs one #endif after it, in the same file.",
    wrong: "#ifdef A\nconst B = 1;",
    right: "#ifdef A\nconst B = 1;\n#endif",
  },
  "reserved-word": {
    summary: "A type has the name of a keyword.",
    advice:
      "`int`, `string`, `opaque`, `struct` and similar words always begin a type. Fields and constants may have such names.",
    wrong: "typedef hyper long;",
    right: "typedef hyper long_int;",
  },
  "too-deep": {
    summary: "Something is nested more deeply than the compiler allows.",
    advice: "Define inner types, constants or conditions separately, with names.",
  },
  "too-many-errors": {
    summary: "The file has too many errors, so the rest was not checked.",
    advice: "Correct the first errors: later ones often result from them.",
  },
  "undefined-name": {
    summary: "A type or constant is used but not defined.",
    advice:
      'Correct the name, define it, import the interface that defines it (`%#include "types.h"` stands for types.x), or give a number with -DNAME=5.',
    wrong: "struct file { strng name<255>; };",
    right: "struct file { string name<255>; };",
  },
  "wrong-kind": {
    summary: "A name refers to something of the wrong kind.",
    advice: "A type is needed but the name is a constant or program, or a constant is needed but the name is a type.",
    wrong: "const SIZE = 4;\nstruct file { SIZE name; };",
    right: "const SIZE = 4;\nstruct file { opaque name[SIZE]; };",
  },
  "duplicate-name": {
    summary: "Two definitions have the same name.",
    advice: "Types and constants share one namespace (RFC 4506 section 6.4). Rename one, or remove it.",
    wrong: "struct point { int x; };\nstruct point { int y; };",
    right: "struct point { int x; };\nstruct size { int y; };",
  },
  "duplicate-number": {
    summary: "Two procedures, versions or programs have the same number.",
    advice:
      "Peers distinguish them only by number (RFC 5531 section 12.3): give each its own. For programs it is a warning: a client can call either, but a server can implement only one of them.",
    wrong: "program P { version V { void A(void) = 1; void B(void) = 1; } = 1; } = 0x20000001;",
    right: "program P { version V { void A(void) = 1; void B(void) = 2; } = 1; } = 0x20000001;",
  },
  "duplicate-case": {
    summary: "A union has two arms for the same value.",
    advice: "Remove one, or correct its value.",
    wrong: "union u switch (int kind) { case 1: int a; case 1: hyper b; default: void; };",
    right: "union u switch (int kind) { case 1: int a; case 2: hyper b; default: void; };",
  },
  "shared-arm-name": {
    summary: "Two arms of a union have the same name.",
    advice:
      "RFC 4506 section 6.4 requires different names, and the union does not compile in C. On the wire and in TypeScript the discriminant distinguishes the arms, so the interface can be used unchanged.",
    wrong: "union u switch (bool b) { case TRUE: int value; case FALSE: hyper value; };",
    right: "union u switch (bool b) { case TRUE: int number; case FALSE: hyper wide; };",
  },
  "missing-case": {
    summary: "A union has no arm for some values of its discriminant.",
    advice: "Such values cannot be sent. Add cases, or `default: void;` if they carry no data.",
    wrong: "union u switch (bool more) { case TRUE: int a; };",
    right: "union u switch (bool more) { case TRUE: int a; case FALSE: void; };",
  },
  "unreachable-default": {
    summary: "A union's default arm can never be chosen.",
    advice:
      "Every value of the discriminant has its own case, and other values are refused. Remove the default, or a case.",
    wrong: "union u switch (bool more) { case TRUE: int a; case FALSE: void; default: int b; };",
    right: "union u switch (bool more) { case TRUE: int a; case FALSE: void; };",
  },
  "unknown-case": {
    summary: "A case is not a member of the discriminant's enum.",
    advice:
      "Correct it, or add it to the enum. C compares numbers, so C peers can send such a value. The union accepts it, and the type `Union_discriminant` is the enum with this member added.",
    wrong: "enum e { A = 1 };\nunion u switch (e kind) { case A: int a; case 2: void; };",
    right: "enum e { A = 1, B = 2 };\nunion u switch (e kind) { case A: int a; case B: void; };",
  },
  "ambiguous-name": {
    summary: "An enum's member has the name of another constant.",
    advice: "In unions over this enum the name means the member, elsewhere the other constant. Rename one of them.",
    wrong: "const RED = 1;\nenum color { RED = 2 };",
    right: "enum color { RED = 2 };",
  },
  "out-of-range": {
    summary: "A number is out of range at this position.",
    advice: "Lengths, programs, versions and procedures are unsigned 32-bit numbers, enum members are signed ones.",
    wrong: "typedef opaque blob<0x100000000>;",
    right: "typedef opaque blob<0xffffffff>;",
  },
  "unsigned-value": {
    summary: "An enum member or a case is an unsigned number greater than the greatest int.",
    advice:
      "C and Lupine send its 32 bits as an int: 0xffffffff is -1 on the wire and in TypeScript. Write the negative number.",
    wrong: "enum e { LAST = 0xffffffff };",
    right: "enum e { LAST = -1 };",
  },
  "not-constant": {
    summary: "A string is used where a number is needed.",
    advice: "Lengths, cases and program numbers are integers.",
    wrong: 'const SIZE = "4";\ntypedef opaque blob<SIZE>;',
    right: "const SIZE = 4;\ntypedef opaque blob<SIZE>;",
  },
  "circular-constant": {
    summary: "A constant depends on itself.",
    advice: "Give one constant of the cycle a number.",
    wrong: "const A = B;\nconst B = A;",
    right: "const A = B;\nconst B = 1;",
  },
  "circular-type": {
    summary: "A type contains itself, which would make it infinite.",
    advice: "Use a pointer: it may be null, which ends the value. An array of variable length works, too.",
    wrong: "struct node { int value; node next; };",
    right: "struct node { int value; node *next; };",
  },
  "invalid-discriminant": {
    summary: "A union has a discriminant of an unsupported type.",
    advice: "Discriminants are int, unsigned int, bool or an enum (RFC 4506 section 4.15).",
    wrong: "union u switch (hyper kind) { case 1: int a; default: void; };",
    right: "union u switch (int kind) { case 1: int a; default: void; };",
  },
  "invalid-void": {
    summary: "void is used where a value is required.",
    advice: "void is for arms, arguments and results without data. For arbitrary bytes use `opaque data<>`.",
    wrong: "struct s { int a; void b; };",
    right: "struct s { int a; };",
  },
  "invalid-declaration": {
    summary: "A declaration has a form that means nothing on the wire.",
    advice: "opaque needs a length, and a string has only a maximum length.",
    wrong: "struct s { opaque key; };",
    right: "struct s { opaque key[16]; };",
  },
  "typedef-needed": {
    summary: "A type needs a name to be used here.",
    advice: "Arrays of arrays, and arrays or opaque data as arguments, need a typedef first (RFC 5531 section 12.2).",
    wrong: "program P { version V { int SUM(int<>) = 1; } = 1; } = 0x20000001;",
    right: "typedef int numbers<>;\nprogram P { version V { int SUM(numbers) = 1; } = 1; } = 0x20000001;",
  },
  "name-behind-body": {
    summary: "A type has its name after its braces, like a variable in C.",
    advice:
      "RFC 4506 section 4.3 has such an example. The type gets this name. Write the name before the braces, so that rpcgen accepts it, too.",
    wrong: "enum { RED = 2, YELLOW = 3, BLUE = 5 } colors;",
    right: "enum colors { RED = 2, YELLOW = 3, BLUE = 5 };",
  },
  "shared-method": {
    summary: "The names of two procedures lead to one method in TypeScript.",
    advice:
      'The procedure with the lesser number has the method; the other keeps its prefix, or its name as declared. So a procedure that is added with a greater number changes no method, and `lupine breaking` reports one that does. Rename one of the two (the name of a procedure is not sent), or write the method into lupine.config.ts, which makes it independent of numbers: `procedures: { "CALC_PROG.CALC_ADD": { method: "calcAdd" } }`. It is an error only if the options give two procedures one method.',
    wrong:
      "program CALC_PROG {\n  version CALC_VERS {\n    int ADD(int) = 3;\n    int CALC_ADD(int) = 5;\n  } = 1;\n} = 0x20000001;",
    right:
      "program CALC_PROG {\n  version CALC_VERS {\n    int ADD(int) = 3;\n    int INCREMENT(int) = 5;\n  } = 1;\n} = 0x20000001;",
  },
  "char-pointer": {
    summary: "`char *` is a single optional character, not text.",
    advice: "For text write `string name<>`, for bytes `opaque name<>`, with a bound between the brackets.",
    wrong: "struct person { char *name; };",
    right: "struct person { string name<80>; };",
  },
  "nested-optional": {
    summary: "A pointer to a pointer is ambiguous: the type does not show which of the two is null.",
    advice: "Wrap the inner pointer in a struct.",
    wrong: "typedef int *maybe;\nstruct s { maybe *a; };",
    right: "struct maybe { int *value; };\nstruct s { maybe *a; };",
  },
  "empty-definition": {
    summary: "A struct, union, enum, version or program is empty.",
    advice: "Each needs a member (RFC 4506 section 6.3). To send nothing, use void.",
    wrong: "struct nothing { };",
    right: "struct something { int a; };",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

/** Stable across releases, for tools to match on. */
export type DiagnosticCode = keyof typeof explanations;

/** Every code with its explanation. */
export const EXPLANATIONS: Readonly<Record<DiagnosticCode, Explanation>> = explanations;

/**
 * docs/diagnostics.md.
 * @example
 * console.log(explanationsPage().split("\n")[0]); // # Diagnostics
 */
export function explanationsPage(): string {
  const codes = Object.keys(EXPLANATIONS).sort() as DiagnosticCode[];
  const intro = [
    "# Diagnostics",
    "",
    "The errors and warnings of `lupine check`, `lupine gen` and editors, by code. Codes are stable across releases.",
    "This page is generated from the compiler's own table: `node scripts/diagnostics.mjs` writes it.",
  ];
  return `${[...intro, ...codes.flatMap((code) => ["", ...section(code, EXPLANATIONS[code])])].join("\n")}\n`;
}

/**
 * The section about one code, as on the page; undefined if the code does not exist.
 * @example
 * console.log(explanationText("missing-case")?.split("\n")[0]); // ## missing-case
 */
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
