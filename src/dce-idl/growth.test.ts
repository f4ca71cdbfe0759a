// Large and hostile text costs work that grows as the text does, and no faster.
import { test } from "node:test";
import { assertLinear } from "../testing/count-work.test-support.js";
import { compileIdl } from "./index.js";

const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

const work: readonly (readonly [title: string, count: number, text: (count: number) => string])[] = [
  [
    "definitions of one name",
    800,
    (n) => `typedef struct { ${many(n, (i) => `long a${i};`)} } T; ${"typedef long T;".repeat(n)}`,
  ],
  [
    "types without a name in places of one name",
    800,
    (n) => `typedef struct s { ${"struct { long x; } a;".repeat(n)} } T;`,
  ],
  [
    "types without a name within one of a long name",
    800,
    (n) => `struct ${"L".repeat(20 * n)} { ${many(n, (i) => `struct { long x; } a${i};`)} };`,
  ],
  [
    "structures within each other",
    1_600,
    (n) => `struct s0 { long a; }; ${many(n, (i) => `struct s${i + 1} { struct s${i} a, b; };`)}`,
  ],
];

for (const [title, count, text] of work) {
  test(`${title}: the work grows as the text does`, () => {
    assertLinear("/dist/dce-idl/", count, (size) => compileIdl({ file: "t.idl", text: text(size) }, () => undefined));
  });
}
