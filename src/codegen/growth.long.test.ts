import { test } from "node:test";
import { compileInterface } from "../idl/index.js";
import { assertLinear } from "../testing/count-work.test-support.js";
import { generate } from "./index.js";

/** Definitions of every kind, each group on those before it, and a procedure for each group. */
function interfaceOf(groups: number): string {
  const all = Array.from({ length: groups }, (_, i) => i);
  const definitions = all.map((i) =>
    [
      `const MAX_${i} = ${(i % 97) + 3};`,
      `enum kind_${i} { A_${i} = 0, B_${i} = 1 };`,
      `/** A struct. */\nstruct s_${i} { string name<MAX_${i}>; kind_${i} k; ${i > 0 ? `s_${i - 1} *before;` : ""} opaque data<>; };`,
      `union u_${i} switch (kind_${i} k) { case A_${i}: s_${i} s; default: void; };`,
      `typedef u_${i} list_${i}<>;`,
    ].join("\n"),
  );
  const procedures = all.map((i) => `/** @idempotent */\nlist_${i} GET_${i}(s_${i}) = ${i};`);
  return `${definitions.join("\n")}\nprogram P { version V {\n${procedures.join("\n")}\n} = 1; } = 0x20000001;\n`;
}

for (const target of ["ts", "js", "d.ts"] as const) {
  test(`compiling and generating ${target} takes work that grows as the interface does`, () => {
    assertLinear("/dist/", 320, (groups) => {
      const { module } = compileInterface({ file: "t.x", text: interfaceOf(groups) });
      if (module === undefined) throw new Error("it does not compile");
      generate(module, { target });
    });
  });
}
