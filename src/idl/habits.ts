// Hints for what people write out of habit: what C, TypeScript and other interface languages have in a place like this.
import type { Token } from "./lexer.js";

/** What to do about the token at `position`, which cannot stand there; undefined where nothing is known to be meant. */
export function habitHint(tokens: readonly Token[], position: number): string | undefined {
  const found = tokens[position];
  const before = tokens[position - 1];
  if (found === undefined || found.kind === "string") return undefined;
  const { text, span } = found;
  if (span.expandedFrom !== undefined && (text === "=" || text === ";")) {
    return "a #define has no `=` and no `;`: `#define LIMIT 5`";
  }
  if (text === "{" && before?.text === ":")
    return "an arm is one declaration without braces; several fields are a struct";
  if (text === "," && tokens[position - 2]?.text === "case")
    return "each value has a case of its own: `case 0: case 1:`";
  if (text === ":" && tokens[position + 1]?.text !== ":" && BODIES.has(tokens[position - 2]?.text ?? ""))
    return "types do not inherit: hold the other type in a field";
  if (text === "(" && BODIES.has(tokens[position - 2]?.text ?? "")) return "a body stands between braces: `{ ... }`";
  if (text === ";" && before?.text === ";" && before.span.line === span.line) return "there is one `;` too many";
  if (text === "=" && tokens[position + 1]?.kind === "number" && before?.kind !== "name") {
    return "fields have neither values nor numbers";
  }
  if ((text === "<" || text === "[") && (before?.kind === "name" || before?.text === ">")) {
    return "a length stands behind the name: `int numbers<>;`, `int pair[2];`";
  }
  const isNamed = before?.kind === "name" && before.text !== "case" && tokens[position - 2]?.kind !== "name";
  if (text === ":" && !isNamed) return undefined;
  if ((text === "&" || text === "|") && before?.text === text)
    return "constants have arithmetic, but no `&&` and no `||`";
  return found.kind === "punctuation" || found.kind === "name" ? HINTS.get(text) : undefined;
}

const BODIES = new Set(["struct", "enum", "union"]);

const HINTS: ReadonlyMap<string, string> = new Map([
  ["break", "an arm ends by itself: leave `break` out"],
  ["extends", "types do not inherit: hold the other type in a field"],
  ["implements", "types do not inherit: hold the other type in a field"],
  ["const", "leave `const` out; text is `string name<>;`"],
  ["&", "there are no references: `int *value;` is a value that may be missing"],
  ["*", "the `*` stands before the name: `node *next;`"],
  ["-", "names are made of letters, digits and `_`"],
  [":", "the type stands before the name: `int x;`"],
]);

/** Words that stand before a type in other languages. */
const MODIFIERS: ReadonlyMap<string, string> = new Map([
  ["optional", "a value that may be missing is `int *x;`"],
  ["repeated", "any number of values is `int x<>;`"],
  ["required", "every field is required: leave it out"],
  ["signed", "int is signed: leave `signed` out"],
]);

export function isModifier(word: string): boolean {
  return MODIFIERS.has(word);
}

/** For a word that stands before a type as if it said something about it. */
export function modifierHint(word: string): string {
  return MODIFIERS.get(word) ?? `leave \`${word}\` out`;
}

const DEFINITIONS: ReadonlyMap<string, string> = new Map([
  ["class", "did you mean `struct`?"],
  ["interface", "did you mean `struct`, or `program` for procedures?"],
  ["message", "did you mean `struct`?"],
  ["record", "did you mean `struct`?"],
  ["service", "did you mean `program`?"],
  ["type", "did you mean `typedef`?"],
  ["using", "did you mean `typedef`?"],
  ["version", "a version stands in a program: `program NAME { version ... } = 0x20000000;`"],
  ["-", "comments are `/* ... */` or `// ...`"],
  ["}", "there is one `}` more than `{`"],
  ["extern", "an interface has no variables and no functions: leave it to C with a `%` before the line"],
  ["static", "an interface has no variables and no functions: leave it to C with a `%` before the line"],
]);

/** For what stands where a definition should begin. */
export function definitionHint(found: Token, next: Token): string | undefined {
  if (found.above?.includes("/*") || found.above?.includes("*/")) return "a comment ends at the first `*/`";
  if (found.kind === "name" && next.text === "=")
    return `a constant begins with a word: \`const ${found.text} = ...;\``;
  return found.kind === "name" || found.kind === "punctuation" ? DEFINITIONS.get(found.text) : undefined;
}
