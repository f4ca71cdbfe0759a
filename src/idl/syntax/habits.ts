// Hints for habits from C, TypeScript and other interface languages.

import { type Advice, type Fix, inserting, removing, replacing, safely } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Name } from "./ast.js";
import {
  armWithoutBraces,
  bracesForParentheses,
  fieldForHeir,
  listOfType,
  signAtName,
  starBefore,
  structForArm,
} from "./restructure.js";
import { definedBefore, MOST_LENGTHS, spanOf, statementAround, typedefsFor, written } from "./rewrite.js";
import type { Token } from "./tokens.js";
import { isTypeWord } from "./type-words.js";

/**
 * A hint for the token at `position`, which is invalid there; undefined if the intention is unknown.
 * @param definition the first word of the definition around it.
 */
export function habitAdvice(tokens: readonly Token[], position: number, definition?: Token): Advice | undefined {
  const found = tokens[position];
  if (found === undefined || found.kind === "string") return undefined;
  const isLength = (found.text === "<" || found.text === "[") && tokens[position - 1]?.kind === "name";
  const several = isLength ? severalAdvice(tokens, position, definition) : undefined;
  return several ?? adviceOnSigns(tokens, position, found, definition) ?? adviceOnWord(tokens, position, found);
}

function adviceOnSigns(
  tokens: readonly Token[],
  position: number,
  { text, span }: Token,
  definition: Token | undefined,
): Advice | undefined {
  const [before, after] = [tokens[position - 1], tokens[position + 1]];
  const isBody = BODIES.has(tokens[position - 2]?.text ?? "");
  if (span.expandedFrom !== undefined && (text === "=" || text === ";")) {
    const fixes = [removing(span.expandedFrom, `Remove \`${text}\` from the macro`)];
    return { hint: "a #define has no `=` and no `;`: `#define LIMIT 5`", fixes };
  }
  if (text === "{" && before?.text === ":")
    return {
      hint: "an arm is one declaration without braces; for several fields use a struct",
      fixes: armFixes(tokens, position, definition),
    };
  if (text === "," && tokens[position - 2]?.text === "case") {
    const fixes = [replacing(span, ": case", "Give each value a case")];
    return { hint: "each value needs its own case: `case 0: case 1:`", fixes };
  }
  if (text === ":" && after?.text !== ":" && isBody)
    return {
      hint: "types cannot inherit: put the other type into a field",
      fixes: fieldForHeir(tokens, position),
    };
  if (text === "(" && isBody)
    return { hint: "a body is enclosed in braces: `{ ... }`", fixes: bracesForParentheses(tokens, position) };
  if (text === ";" && before?.text === ";" && before.span.line === span.line)
    return { hint: "there is one `;` too many", fixes: [safely(removing(span, "Remove one `;`"))] };
  if (text === "=" && after?.kind === "number" && before?.kind !== "name") {
    const fixes = [removing(spanAcross(span, after.span), `Remove \`= ${after.text}\``)];
    return { hint: "fields have neither values nor numbers", fixes };
  }
  if ((text === "<" || text === "[") && (before?.kind === "name" || before?.text === ">")) {
    return backwards(tokens, position) ?? { hint: lengthHint(tokens, position), ...moveLength(tokens, position) };
  }
  return undefined;
}

/** Removes the braces around one declaration; puts several into a struct. */
function armFixes(tokens: readonly Token[], position: number, definition: Token | undefined): Fix[] {
  const fixes = armWithoutBraces(tokens, position);
  return fixes.length > 0 || definition === undefined
    ? fixes
    : structForArm({ tokens, position, definition }, position);
}

const TYPE_WORD = /^(?:bool|char|double|float|hyper|int|long|opaque|short|string|unsigned)$/;

/** Tokens of a length: `<MAX + 1>`. */
const MAX_LENGTH = 20;

/** The lengths of `int[3][4] grid;`, starting with the bracket at `position`, and the index after them. */
function lengthsFrom(statement: readonly Token[], position: number): { lengths: Token[][]; end: number } {
  const lengths: Token[][] = [];
  let end = position;
  for (;;) {
    const close = statement[end]?.text === "<" ? ">" : statement[end]?.text === "[" ? "]" : undefined;
    const last = statement.findIndex(({ text }, index) => index > end && text === close);
    if (close === undefined || last < 0) return { lengths, end };
    lengths.push(statement.slice(end, last + 1));
    end = last + 1;
  }
}

/** Rewrites `title<80> string;` as `string title<80>;`. */
function backwards(tokens: readonly Token[], position: number): Advice | undefined {
  const { tokens: statement, at } = statementAround(tokens, position);
  const { lengths, end } = lengthsFrom(statement, at);
  const [first, length, last] = [statement[at - 1], lengths[0], statement[end]];
  if (first === undefined || length === undefined || last === undefined) return undefined;
  if (lengths.length > 1 || isTypeWord(first.text) || !isTypeWord(last.text)) return undefined;
  const right = `${last.text} ${first.text}${written(length)}`;
  const place = spanOf([first, last]);
  return {
    hint: `the type comes before the name: \`${at > 1 ? "typedef " : ""}${right};\``,
    fixes: place === undefined ? [] : [replacing(place, right)],
  };
}

/** Rewrites `int[] numbers;` as `int numbers<>;`. */
function lengthHint(tokens: readonly Token[], position: number): string {
  const { tokens: statement, at } = statementAround(tokens, position);
  const { lengths, end } = lengthsFrom(statement, at);
  const [name, last] = [statement[end], statement[end + 1]];
  const isEnd = last?.text === ";" || (last === undefined && tokens[position - at + end + 1]?.text === ",");
  if (lengths.length === 0 || name?.kind !== "name" || !isEnd)
    return "a length comes after the name: `int numbers<>;`, `int pair[2];`";
  const type = written(statement.slice(0, at));
  const bound = written((lengths[0] ?? []).slice(1, -1));
  // `List<int> numbers`, as in other languages.
  if (TYPE_WORD.test(bound)) return `the length of a list comes after the name: \`${bound} ${name.text}<>;\``;
  const isText = /(?:^|typedef )(?:char|string)$/.test(type) && (bound === "" || /string$/.test(type));
  const isBounded = isText || bound === "" || tokens[position]?.text === "<";
  const words = isText ? type.replace(/char$/, "string") : type;
  const right = `${words} ${name.text}${isBounded ? `<${bound}>` : `[${bound}]`};`;
  return `a length comes after the name: \`${right}\``;
}

/** `int[3][4] grid;` */
function severalAdvice(tokens: readonly Token[], position: number, definition: Token | undefined): Advice | undefined {
  const { tokens: statement, at } = statementAround(tokens, position);
  const { lengths, end } = lengthsFrom(statement, at);
  const name = statement[end];
  if (lengths.length < 2 || lengths.length > MOST_LENGTHS || name?.kind !== "name") return undefined;
  const isTypedef = statement[0]?.text === "typedef";
  const words = statement.slice(isTypedef ? 1 : 0, at);
  const isTaken = (one: string): boolean => isTypeWord(one) || tokens.some(({ text }) => text === one);
  const steps = typedefsFor(written(words), name.text, lengths.map(written), isTaken);
  const last = steps.pop() ?? "";
  const definitions = steps.map((step) => `typedef ${step};`);
  const shown = definitions.map((one) => `\`${one}\``).join(", ");
  const hint = `a length comes after the name, and an array of arrays needs a typedef: ${shown}, then \`${isTypedef ? "typedef " : ""}${last};\``;
  const place = words[0] === undefined ? undefined : spanOf([words[0], name]);
  return { hint, fixes: definition === undefined ? [] : definedBefore({ definition }, definitions, place, last) };
}

/** Rewrites `int<5> numbers` as `int numbers<5>`. */
function moveLength(tokens: readonly Token[], position: number): Partial<Advice> {
  const close = tokens[position]?.text === "<" ? ">" : "]";
  const end = tokens.findIndex(
    ({ text }, index) => index > position && (text === close || index > position + MAX_LENGTH),
  );
  const [first, last, name] = [tokens[position], tokens[end], tokens[end + 1]];
  if (first === undefined || last?.text !== close || name?.kind !== "name") return {};
  // `List<int>`: a type of types.
  if (tokens.slice(position, end).some(({ text }) => TYPE_WORD.test(text)))
    return { fixes: listOfType(tokens, position) };
  const length = written(tokens.slice(position, end + 1));
  const right = `${name.text}${length}`;
  return { fixes: [replacing(spanAcross(first.span, name.span), ` ${right}`, `Change to \`${right}\``)] };
}

function adviceOnWord(tokens: readonly Token[], position: number, found: Token): Advice | undefined {
  const [before, after] = [tokens[position - 1], tokens[position + 1]];
  const { text, span } = found;
  const isNamed = before?.kind === "name" && before.text !== "case" && tokens[position - 2]?.kind !== "name";
  if (text === ":" && !isNamed) return undefined;
  if ((text === "&" || text === "|") && before?.text === text)
    return { hint: "constants have arithmetic, but no `&&` and no `||`" };
  const hint = found.kind === "punctuation" || found.kind === "name" ? HINTS.get(text) : undefined;
  if (hint === undefined) return undefined;
  if (text === "extends" || text === "implements") return { hint, fixes: fieldForHeir(tokens, position) };
  if (text === "*") return { hint, fixes: starBefore(tokens, position) };
  const fix = text === "const" ? fixOfConst(tokens, position, span) : fixOfWord(text, span, before, after);
  return fix === undefined ? { hint } : { hint, fixes: [fix] };
}

/** `const char *name` is text. */
function fixOfConst(tokens: readonly Token[], position: number, span: Span): Fix {
  const [type, star, name] = tokens.slice(position + 1, position + 4);
  const isText = type?.text === "char" && star?.text === "*" && name?.kind === "name";
  return isText ? replacing(spanAcross(span, name.span), `string ${name.text}<>`) : removing(span, "Remove `const`");
}

function fixOfWord(text: string, span: Span, before: Token | undefined, after: Token | undefined): Fix | undefined {
  if (text === "break" && after?.text === ";") return removing(spanAcross(span, after.span), "Remove `break`");
  if (before === undefined || after?.kind !== "name") return undefined;
  if (text === "&") return replacing(span, "*");
  const isAdjacent = before.span.offset + before.span.length === span.offset && span.offset + 1 === after.span.offset;
  if (text === "-" && isAdjacent && before.kind === "name") return replacing(span, "_", "Write `_`");
  if (text !== ":") return undefined;
  const right = `${after.text} ${before.text}`;
  return replacing(spanAcross(before.span, after.span), right);
}

const BODIES = new Set(["struct", "enum", "union"]);

const HINTS: ReadonlyMap<string, string> = new Map([
  ["break", "an arm ends without `break`: remove it"],
  ["extends", "types cannot inherit: put the other type into a field"],
  ["implements", "types cannot inherit: put the other type into a field"],
  ["const", "remove `const`; text is `string name<>;`"],
  ["&", "there are no references: `int *value;` is an optional value"],
  ["*", "the `*` comes before the name: `node *next;`"],
  ["-", "names are made of letters, digits and `_`"],
  [":", "the type comes before the name: `int x;`"],
]);

/** Words that precede a type in other languages. */
const MODIFIERS: ReadonlyMap<string, string> = new Map([
  ["optional", "an optional value is `int *x;`"],
  ["repeated", "any number of values is `int x<>;`"],
  ["required", "every field is required: remove this word"],
]);

export function isModifier(word: string): boolean {
  return MODIFIERS.has(word);
}

/** Advice for a word before a type that looks like a modifier. */
export function modifierAdvice({ text, span }: Name, tokens: readonly Token[]): Advice {
  const hint = MODIFIERS.get(text) ?? `remove \`${text}\``;
  if (text !== "optional" && text !== "repeated") return { hint, fixes: [removing(span, `Remove \`${text}\``)] };
  const word = tokens.find((token) => token.span === span);
  const [before, behind] = text === "repeated" ? ["", "<>"] : ["*", ""];
  return word === undefined ? { hint } : { hint, fixes: signAtName(tokens, word, before, behind) };
}

const DEFINITIONS: ReadonlyMap<string, string> = new Map([
  ["class", "did you mean `struct`?"],
  ["interface", "did you mean `struct`, or `program` for procedures?"],
  ["message", "did you mean `struct`?"],
  ["record", "did you mean `struct`?"],
  ["service", "did you mean `program`?"],
  ["type", "did you mean `typedef`?"],
  ["using", "did you mean `typedef`?"],
  ["version", "a version belongs in a program: `program NAME { version ... } = 0x20000000;`"],
  ["-", "comments are `/* ... */` or `// ...`"],
  ["}", "there is one `}` more than `{`"],
  ["extern", "an interface has no variables and no functions: put `%` before the line to copy it to C"],
  ["static", "an interface has no variables and no functions: put `%` before the line to copy it to C"],
]);

/** Advice for an invalid token where a definition should begin. */
export function definitionAdvice({ kind, text, span, above }: Token, next: Token): Advice | undefined {
  if (above?.includes("/*") || above?.includes("*/")) return { hint: "a comment ends at the first `*/`" };
  if (kind === "name" && next.text === "=") {
    const fixes = [inserting(span, "const ", "Write `const` before it", 0)];
    return { hint: `a constant begins with \`const\`: \`const ${text} = ...;\``, fixes };
  }
  const hint = kind === "name" || kind === "punctuation" ? DEFINITIONS.get(text) : undefined;
  if (hint === undefined) return undefined;
  // The bodies of these have to be rewritten as well.
  const isWhole = text !== "message" && text !== "service";
  const meant = [...((isWhole && /^did you mean (.*)\?$/.exec(hint)?.[1]) || "").matchAll(/`(\w+)`/g)];
  const fixes = meant.map(([, word = ""]) => replacing(span, word));
  const isDash = text === "-" && next.text === "-" && next.span.offset === span.offset + 1;
  if (isDash) fixes.push(replacing(spanAcross(span, next.span), "//", "Make it a comment"));
  if (text === "}") fixes.push(removing(span, "Remove the `}`"));
  if ((text === "extern" || text === "static") && span.column === 1)
    fixes.push(inserting(span, "%", "Put `%` before the line", 0));
  return fixes.length === 0 ? { hint } : { hint, fixes };
}
