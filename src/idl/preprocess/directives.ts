// The effect of each directive: conditionals, macros, includes, and those that an interface ignores.

import { type Reporter, reportError, reportNote, reportWarning } from "../findings/diagnostics.js";
import { type Fix, removing, replacing, safely } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanBetween } from "../source.js";
import { endOf, type Lexeme } from "../syntax/lexemes.js";
import { evaluateCondition } from "./conditions.js";
import { isActive, type Macro, PARTS, type Reading } from "./units.js";

/** Conditionals one inside the other. */
export const MAX_CONDITIONAL_DEPTH = 200;

/** A directive's words, and their position. */
interface Directive {
  readonly word: string;
  readonly rest: string;
  /** Offset of `rest`. */
  readonly at: number;
  /** From the `#` to the end of the word, such as `#include`. */
  readonly span: Span;
  readonly inner: readonly Lexeme[];
}

export function readDirective(reading: Reading, lexeme: Lexeme): void {
  const { offset: start, inner } = lexeme;
  const code = withoutComments(lexeme);
  const match = /^(#[ \t]*)([A-Za-z_]*)([ \t]*)/.exec(code);
  if (match === null) return;
  const [whole, before = "", word = ""] = match;
  const span = spanBetween(reading.source, start, start + before.length + word.length);
  const directive = { word, rest: code.slice(whole.length).trimEnd(), at: start + whole.length, span, inner };
  switch (word) {
    case "ifdef":
    case "ifndef":
      if (isActive(reading) && firstName(directive.rest) === "") {
        reportError(reading.context.reporter, "unsupported-directive", span, `#${word} needs the name of a symbol`);
      }
      openConditional(
        reading,
        directive,
        () => reading.context.macros.has(firstName(directive.rest)) === (word === "ifdef"),
      );
      return;
    case "if":
      openConditional(reading, directive, () => holds(reading, directive));
      return;
    case "elif":
    case "else":
    case "endif":
      turnConditional(reading, directive);
      return;
    default:
      if (isActive(reading)) readPlain(reading, directive);
  }
}

/** A directive's text, with blanks in place of its comments and line ends. */
function withoutComments({ text, offset, inner }: Lexeme): string {
  let code = "";
  for (const { kind, text: comment, offset: at } of inner) {
    if (kind === "comment") code += text.slice(code.length, at - offset) + " ".repeat(comment.length);
  }
  code += text.slice(code.length);
  return code.replace(/\\[ \t]*\r?\n|[\r\n]/g, (ending) => " ".repeat(ending.length));
}

function readPlain(reading: Reading, directive: Directive): void {
  const { reporter } = reading.context;
  const { word, rest, span } = directive;
  switch (word) {
    case "define":
      define(reading, directive);
      return;
    case "undef":
      undefine(reading, firstName(rest), span);
      return;
    case "error":
      reportError(reporter, "error-directive", span, `this file stops the compilation: #error ${rest}`.trimEnd());
      return;
    case "warning":
      reportWarning(reporter, "error-directive", span, `this file warns: ${rest}`);
      return;
    case "include":
    case "include_next":
    case "import":
      readInclude(reading, directive);
      return;
    case "pragma":
      if (rest === "once") reading.context.once.add(reading.source.file);
      else {
        const fixes = [removingLine(reading, directive)];
        reportNote(reporter, "ignored", span, "#pragma has no effect in an interface", { fixes });
      }
      return;
    case "":
      // An empty directive, or a line marker of a preprocessor: `# 1 "file.x"`.
      if (rest !== "" && !/^[0-9]+(?:[ \t]+".*)?$/.test(rest)) reportUnknown(reporter, rest.slice(0, 20), span);
      return;
    case "assert":
    case "ident":
    case "line":
    case "sccs":
    case "unassert":
      return;
    default:
      reportUnknown(reporter, word, span);
  }
}

function reportUnknown(reporter: Reporter, word: string, span: Span): void {
  reportError(reporter, "unsupported-directive", span, `#${word} is not a known directive`, {
    hint: "comments are `/* ... */` or `// ...`; lines for C begin with `%`",
    fixes: [replacing({ ...span, length: 1 }, "//", "Make it a comment")],
  });
}

function firstName(text: string): string {
  return /^[A-Za-z_]\w*/.exec(text)?.[0] ?? "";
}

const INCLUDED = /^(?:"([^"]+)"|<([^>]+)>)(.*)$/;

function readInclude(reading: Reading, { rest, at, span }: Directive): void {
  const { context, source } = reading;
  const written = INCLUDED.exec(rest);
  const match = written ?? INCLUDED.exec(context.macros.get(rest)?.body ?? "");
  if (match === null) {
    const hint = 'write #include "file.x" or #include <file.x>';
    const name = spanBetween(source, at, at + rest.length);
    const fixes = /^[\w./-]+$/.test(rest) ? [replacing(name, `"${rest}"`)] : [];
    reportError(context.reporter, "syntax", span, "#include needs the name of a file", { hint, fixes });
    return;
  }
  const [, quoted, angled = ""] = match;
  const trailing = written?.[3] ?? "";
  if (trailing.trim() !== "") reportTrailing(reading, "include", trailing, at + rest.length - trailing.length);
  const length = rest.length - trailing.length;
  const name = quoted ?? angled;
  const unit = context.include(reading, { name, angled: quoted === undefined, from: source, offset: at, length });
  if (unit !== undefined) reading.events.push({ kind: "include", offset: span.offset, unit });
}

function define(reading: Reading, { rest, at, span, inner }: Directive): void {
  const { context, source, header } = reading;
  const name = firstName(rest);
  if (name === "") {
    reportError(context.reporter, "syntax", span, "#define needs a name");
    return;
  }
  const nameSpan = spanBetween(source, at, at + name.length);
  const list = rest[name.length] === "(" ? /^\(([^()]*)\)/.exec(rest.slice(name.length)) : undefined;
  const signature = list === undefined ? {} : parametersOf(list?.[1]);
  if (list === null || signature === undefined) {
    reportError(context.reporter, "macro", nameSpan, `the parameters of the macro ${name} are not a list of names`, {
      hint: "#define NAME(a, b) body; a macro without parameters has a space after its name",
    });
    return;
  }
  const after = rest.slice(name.length + (list?.[0].length ?? 0));
  const body = after.trim();
  const bodyEnd = at + rest.length;
  const bodyStart = bodyEnd - after.trimStart().length;
  const macro: Macro = {
    parameters: undefined,
    ...signature,
    name,
    span: nameSpan,
    body,
    lexemes: inner.filter((one) => one.kind !== "comment" && bodyStart <= one.offset && endOf(one) <= bodyEnd),
    source,
    own: !header,
  };
  const before = context.macros.get(name);
  if (before !== undefined && isSame(before, macro)) return;
  if (before !== undefined) context.changed.add(name);
  context.macros.set(name, macro);
  reading.events.push({ kind: "define", offset: span.offset, macro });
}

function isSame(a: Macro, b: Macro): boolean {
  return a.body === b.body && a.parameters?.join() === b.parameters?.join();
}

/** The parameters of a macro. The last may be `...`, or a name followed by it. Undefined if the text is not a list of names. */
function parametersOf(text = ""): Pick<Macro, "parameters" | "variadic"> | undefined {
  if (text.trim() === "") return { parameters: [] };
  const names = text.split(",").map((name) => name.trim());
  const rest = /^([A-Za-z_]\w*)?[ \t]*\.\.\.$/.exec(names.at(-1) ?? "");
  if (rest !== null) names[names.length - 1] = rest[1] ?? "__VA_ARGS__";
  if (!names.every((name) => /^[A-Za-z_]\w*$/.test(name))) return undefined;
  return rest === null ? { parameters: names } : { parameters: names, variadic: true };
}

function undefine({ context, events }: Reading, name: string, span: Span): void {
  if (!context.macros.delete(name)) return;
  context.changed.add(name);
  events.push({ kind: "undef", offset: span.offset, name });
}

const PART = new RegExp(`\\b(?:${PARTS.join("|")})\\b`);

/** @param condition evaluated only if the surrounding text is active. */
function openConditional(reading: Reading, { span, rest }: Directive, condition: () => boolean): void {
  const { conditionals, context } = reading;
  if (conditionals.length >= MAX_CONDITIONAL_DEPTH) {
    const message = `conditionals are nested more than ${MAX_CONDITIONAL_DEPTH} deep`;
    reportError(context.reporter, "too-deep", span, message);
    return;
  }
  const outer = isActive(reading);
  const taken = outer && condition();
  const asksPart = conditionals.at(-1)?.asksPart === true || PART.test(rest);
  conditionals.push({ span, outer, taken, active: taken, sawElse: false, asksPart });
}

function turnConditional(reading: Reading, directive: Directive): void {
  const { word, rest, at, span } = directive;
  const open = reading.conditionals.at(-1);
  if (open === undefined || (open.sawElse && word !== "endif")) {
    const message = open === undefined ? `#${word} without #if` : `#${word} after #else`;
    const fixes = [removingLine(reading, directive)];
    reportError(reading.context.reporter, "unbalanced-conditional", span, message, { fixes });
    return;
  }
  if (word !== "elif" && rest !== "" && open.outer) reportTrailing(reading, word, rest, at);
  if (word === "endif") {
    reading.conditionals.pop();
    return;
  }
  open.active = open.outer && !open.taken && (word === "else" || holds(reading, directive));
  open.taken ||= open.active;
  open.sawElse = word === "else";
}

/** Removes a directive with its line; comments behind it stay. */
function removingLine({ source }: Reading, { span, at, rest }: Directive): Fix {
  const { text } = source;
  const end = at + rest.length;
  const isAlone = /^[ \t]*$/.test(text.slice(span.offset - span.column + 1, span.offset));
  const lineEnd = /^[ \t]{0,100}(?:\r\n|\r|\n|$)/.exec(text.slice(end, end + 102))?.[0] ?? "";
  const start = isAlone && lineEnd !== "" ? span.offset - span.column + 1 : span.offset;
  return removing(spanBetween(source, start, end + lineEnd.length), "Remove the line");
}

/** C compilers warn, too: `#endif FOO` is not valid C, but common. */
function reportTrailing({ context, source }: Reading, word: string, rest: string, at: number): void {
  const start = at + rest.length - rest.trimStart().length;
  const span = spanBetween(source, start, at + rest.trimEnd().length);
  const comment = `/* ${rest.trim()} */`;
  const fixes = rest.includes("*/") ? [] : [safely(replacing(span, comment, "Make it a comment"))];
  const details = { hint: `make it a comment: ${comment}`, fixes };
  reportWarning(context.reporter, "extra-tokens", span, `text after #${word} is ignored`, details);
}

function holds(reading: Reading, { word, rest, span }: Directive): boolean {
  const value = evaluateCondition(rest, (name) => reading.context.macros.get(name));
  if (value !== undefined) return value;
  const condition = rest
    .trim()
    .replace(/[ \t]+/g, " ")
    .slice(0, 80);
  const message =
    condition === "" ? `#${word} needs a condition` : `the condition \`${condition}\` cannot be evaluated`;
  reportError(reading.context.reporter, "unsupported-directive", span, message, {
    hint: "a condition is made of integers, symbols, defined(SYMBOL) and C's operators",
  });
  return false;
}
