// Random interfaces that compile, and random ways to write them: spaces, comments, directives, `%` lines.
import fc from "../../testing/fast-check.test-support.js";

/** Text that may separate two tokens; the first is the simplest. */
const GAPS = [
  " ",
  "",
  "\n",
  "\n\n\n",
  "\t ",
  " /* beside */ ",
  "\n/* above */\n",
  "\n\n/*\n * several\n   * lines\n */\n\n",
  " // to the end\n",
  "\n  // alone\n",
  "\n#ifdef NEVER\n#endif\n",
  "\n%#include <stdio.h>\n",
  " /* two\n lines */ ",
];

const scalar = fc.constantFrom(
  "int",
  "unsigned int",
  "hyper",
  "unsigned hyper",
  "float",
  "double",
  "bool",
  "quadruple",
);
const bound = fc.constantFrom("LIMIT", "3", "0x10", "(LIMIT+1)", "LIMIT*2", "LIMIT|1", "1<<3");

/** The tokens of a declaration. */
function declaration(name: string, types: readonly string[]): fc.Arbitrary<string[]> {
  const type = types.length === 0 ? scalar : fc.oneof(scalar, fc.constantFrom(...types));
  return fc.oneof(
    type.map((t) => [t, name]),
    type.map((t) => [t, "*", name]),
    fc.tuple(type, bound).map(([t, n]) => [t, name, "<", n, ">"]),
    fc.tuple(type, bound).map(([t, n]) => [t, name, "[", n, "]"]),
    bound.map((n) => ["opaque", name, "[", n, "]"]),
    fc.constant<string[]>(["string", name, "<", ">"]),
  );
}

function definition(index: number): fc.Arbitrary<string[]> {
  const types = Array.from({ length: index }, (_, i) => `type_${i}`).filter((_, i) => i % 4 !== 3);
  const name = `type_${index}`;
  const fields = fc
    .integer({ min: 1, max: 4 })
    .chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => declaration(`f${i}`, types))));
  switch (index % 4) {
    case 0:
      return fields.map((all) => ["struct", name, "{", ...all.flatMap((one) => [...one, ";"]), "}", ";"]);
    case 1:
      return fc.integer({ min: 1, max: 5 }).map((n) => enumTokens(name, n));
    case 2:
      return fields.map((all) => unionTokens(name, all));
    default:
      return fc
        .tuple(fc.integer({ min: -5, max: 99 }), bound)
        .map(([n]) => ["const", `CONST_${index}`, "=", `${n}`, ";"]);
  }
}

function enumTokens(name: string, members: number): string[] {
  const list = Array.from({ length: members }, (_, i) => [
    ...(i === 0 ? [] : [","]),
    `${name}_${i}`,
    ...(i % 2 === 0 ? ["=", `${i}`] : []),
  ]);
  return ["enum", name, "{", ...list.flat(), "}", ";"];
}

function unionTokens(name: string, arms: readonly string[][]): string[] {
  const cases = arms.flatMap((arm, i) => ["case", i === 0 ? "-1" : `${i}`, ":", ...arm, ";"]);
  return ["union", name, "switch", "(", "int", "tag", ")", "{", ...cases, "default", ":", "void", ";", "}", ";"];
}

const PROGRAM = [
  ["program", "PROG", "{", "version", "VERS", "{", "void", "P_NULL", "(", "void", ")", "=", "0", ";"],
  ["int", "P_ADD", "(", "int", "a", ",", "hyper", ")", "=", "1", ";", "type_0", "*", "P_GET", "(", "type_0", ")", "="],
  ["2", ";", "}", "=", "1", ";", "}", "=", "0x20000000", ";"],
].flat();

/** The text of an interface that compiles. Directives come between definitions and members alike. */
export const interfaceText: fc.Arbitrary<string> = fc
  .integer({ min: 1, max: 7 })
  .chain((n) => fc.tuple(...Array.from({ length: n }, (_, index) => definition(index))))
  .map((definitions) => ["const", "LIMIT", "=", "4", ";", ...definitions.flat(), ...PROGRAM])
  .chain((tokens) => {
    const gap = fc.oneof(
      { weight: 6, arbitrary: fc.constant(" ") },
      { weight: 1, arbitrary: fc.constantFrom(...GAPS) },
    );
    const gaps = fc.array(gap, { minLength: tokens.length, maxLength: tokens.length });
    return fc.tuple(gaps, fc.constantFrom("\n", "\r\n")).map(([between, lineEnd]) => {
      const text = tokens.map((token, i) => token + gapAfter(token, tokens[i + 1], between[i] ?? " ")).join("");
      return text.replaceAll("\n", lineEnd);
    });
  });

/** Two words need something between them, and so do two marks that would be one. */
function gapAfter(token: string, next: string | undefined, gap: string): string {
  if (gap !== "" || next === undefined) return gap;
  return /\w$/.test(token) && /^\w/.test(next) ? " " : "";
}
