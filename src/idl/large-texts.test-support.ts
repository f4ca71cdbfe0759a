// Texts of any size that are large or broken on purpose.

function many(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}

/** An interface of `count` groups of definitions, ten correct lines each. */
export const interfaces = (count: number): string =>
  many(count, (i) =>
    [
      `/* Number ${i}. */`,
      `enum e${i} { A${i} = 0, B${i} = ${i} + 1, C${i} };`,
      `struct s${i} {`,
      `  e${i} kind;      /* which */`,
      `  string name<255>;`,
      `  opaque data[${i + 1}];`,
      `  s${(i + 1) % count} *other;`,
      "};",
      `union u${i} switch (e${i} k) { case A${i}: s${i} a; case B${i}: case C${i}: void; };`,
      `typedef u${i} t${i}<>;`,
    ].join("\n"),
  );

/** Each with a title, a number of repetitions, and the function that makes a text with that many. */
export const largeTexts: readonly (readonly [string, number, (size: number) => string])[] = [
  ["a chain of structs", 30_000, (n) => many(n, (i) => `struct s${i} { s${i + 1} a; };`)],
  [
    "a chain of structs that ends",
    20_000,
    (n) => `${many(n, (i) => `struct s${i} { s${i + 1} a; };`)} struct s${n} { int a; };`,
  ],
  ["a circle of structs", 20_000, (n) => many(n, (i) => `struct s${i} { s${(i + 1) % n} *a; };`)],
  ["a circle of structs by value", 20_000, (n) => many(n, (i) => `struct s${i} { s${(i + 1) % n} a; };`)],
  ["a circle of typedefs", 20_000, (n) => many(n, (i) => `typedef t${(i + 1) % n} t${i};`)],
  ["a struct of many fields", 30_000, (n) => `struct s { ${many(n, (i) => `int f${i};`)} };`],
  ["opening braces", 30_000, (n) => "{".repeat(n)],
  ["closing braces", 250_000, (n) => "}".repeat(n)],
  ["structs without an end", 30_000, (n) => "struct s {\n".repeat(n)],
  ["quotes", 500_000, (n) => '"'.repeat(n)],
  ["one long string", 500_000, (n) => `const A = "${"x".repeat(n)}";`],
  ["backslashes", 500_000, (n) => `const A = "${"\\".repeat(n)}`],
  ["comment marks", 250_000, (n) => "/*".repeat(n)],
  ["comments", 125_000, (n) => "/**/".repeat(n)],
  ["comment lines", 60_000, (n) => "//\n".repeat(n)],
  ["line ends", 250_000, (n) => "\n\r".repeat(n)],
  ["lines that go on", 150_000, (n) => "%\\\n".repeat(n)],
  ["NUL", 500_000, (n) => "\0".repeat(n)],
  ["one long name", 500_000, (n) => `struct ${"s".repeat(n)} { t a; };`],
  ["misspelt names among many", 3000, (n) => many(n, (i) => `struct structure${i} { strukture${i} *a; };`)],
  ["names that C may define", 3000, (n) => `%code\n${many(n, (i) => `struct structure${i} { strukture${i} *a; };`)}`],
  ["misspelt constants among many", 3000, (n) => many(n, (i) => `const SIZE_${i} = 1;\ntypedef int t${i}[SISE_${i}];`)],
  ["stars", 30_000, (n) => `struct s { int ${"*".repeat(n)} a; };`],
  ["annotations of nothing", 60_000, (n) => "/* @idempotent */\n".repeat(n)],
  [
    "annotated procedures",
    3000,
    (n) =>
      `program P { version V { ${many(n, (i) => `/* @idempotent */ int F${i}(int) = ${i};`)} } = 1; } = 0x20000001;`,
  ],
  ["signs without a meaning", 60_000, (n) => "@;".repeat(n)],
  ["curly quotes", 60_000, (n) => "\u201ca\u201d ".repeat(n)],
  ["arrays as arguments", 15_000, (n) => `program P { version V { int A(${"int<>, ".repeat(n)}`],
  ["members with one name", 30_000, (n) => `enum e { ${"A, ".repeat(n)} };`],
  ["arms with one name", 10_000, (n) => `union u switch (int k) { ${many(n, (i) => `case ${i}: int x;`)} };`],
  ["structs without a name in places of one name", 8_000, (n) => `struct s { ${"struct { int x; } a; ".repeat(n)} };`],
  [
    "structs without a name within one of a long name",
    8_000,
    (n) => `struct ${"s".repeat(900)} { ${many(n, (i) => `struct { int x; } a${i};`)} };`,
  ],
  ["bounds", 30_000, (n) => `struct s { int a${"[1]".repeat(n)}; };`],
];
