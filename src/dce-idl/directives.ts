// The lines that begin with #: conditions and macros, as the C preprocessor in front of midl and widl has them. Of a C
// header that is included only the macros count.
import { evaluateCondition } from "../idl/preprocess/conditions.js";
import type { Source } from "../idl/source.js";
import { lexed, lexedPart, type Token } from "./lexer.js";
import { type Reports, Stop } from "./reports.js";

interface Macro {
  readonly parameters: readonly string[] | undefined;
  readonly body: string;
}

/** Finds the source of an included file. */
export type Include = (name: string) => Source | undefined;

/** The most tokens that macros may give in one file: each may name several others. */
const maxExpanded = 1_000_000;

/** The most conditions, macros and included files one inside the other. */
const maxDepth = 100;

/** The macro of midl: conditions on it separate the interface from C code. */
const predefined: readonly (readonly [string, Macro])[] = [["__midl", { parameters: undefined, body: "801" }]];

/** The tokens of a file that count: without directives, and with macros replaced. */
export function tokensOf(source: Source, reports: Reports, include: Include = () => undefined): Token[] {
  const reader = new DirectiveReader(reports, include);
  try {
    return reader.read(source);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return lexed(source, reports).slice(-1);
  }
}

interface Condition {
  readonly token: Token;
  /** Whether the surrounding text counts. */
  readonly outer: boolean;
  isActive: boolean;
  /** Whether one of its branches counted. */
  wasTaken: boolean;
}

class DirectiveReader {
  readonly #macros = new Map<string, Macro>(predefined);
  readonly #once = new Set<string>();
  #expanded = 0;
  #includes = 0;
  #depth = 0;
  readonly #reports: Reports;
  readonly #include: Include;

  constructor(reports: Reports, include: Include) {
    this.#reports = reports;
    this.#include = include;
  }

  read(source: Source): Token[] {
    const given = lexed(source, this.#reports);
    const result: Token[] = [];
    const conditions: Condition[] = [];
    for (let at = 0; at < given.length; ) {
      const token = given[at] as Token;
      if (token.kind === "directive") {
        this.#directive(token, conditions, result);
        at++;
      } else if (conditions.at(-1)?.isActive === false && token.kind !== "end") at++;
      else at = this.#token(given, at, result, []);
    }
    for (const { token } of conditions)
      this.#reports.error(
        "unbalanced-conditional",
        token.span,
        "this condition has no #endif",
        "write #endif after it",
      );
    return result;
  }

  /** Takes a token, or a macro with its arguments. @returns the index of the token after it. */
  #token(given: readonly Token[], at: number, result: Token[], inside: readonly string[], depth = 0): number {
    const token = given[at] as Token;
    const macro = token.kind === "word" ? this.#macros.get(token.text) : undefined;
    const isCall = given[at + 1]?.kind === "mark" && given[at + 1]?.text === "(";
    if (macro === undefined || inside.includes(token.text) || (macro.parameters !== undefined && !isCall)) {
      result.push(token);
      return at + 1;
    }
    if (depth >= maxDepth) this.#tooMuch(token);
    const [written, end] = macro.parameters === undefined ? [[], at + 1] : argumentsAt(given, at + 2);
    const args = written.map((one) => this.#all(one, inside, depth + 1));
    const body = lexedPart(macro.body, token.span).flatMap((one) => {
      const index = one.kind === "word" ? (macro.parameters?.indexOf(one.text) ?? -1) : -1;
      return index < 0 ? [one] : (args[index] ?? []);
    });
    this.#expanded += body.length;
    if (this.#expanded > maxExpanded) this.#tooMuch(token);
    for (const one of this.#all(body, [...inside, token.text], depth + 1)) result.push(one);
    return end;
  }

  #all(given: readonly Token[], inside: readonly string[], depth: number): Token[] {
    const result: Token[] = [];
    for (let at = 0; at < given.length; ) at = this.#token(given, at, result, inside, depth);
    return result;
  }

  #tooMuch(token: Token): never {
    this.#reports.fail(
      "too-deep",
      token.span,
      `the macro \`${token.text}\` is nested too deeply, or becomes too long`,
      "write what it stands for",
    );
  }

  #directive(token: Token, conditions: Condition[], result: Token[]): void {
    const [, word = "", rest = ""] = /^\s*(\w*)\s*([\s\S]*)$/.exec(token.text) ?? [];
    const current = conditions.at(-1);
    const isActive = current?.isActive !== false;
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0] ?? "";
    switch (word) {
      case "if":
      case "ifdef":
      case "ifndef": {
        if (conditions.length >= maxDepth)
          this.#reports.fail("too-deep", token.span, "conditions are nested too deeply", "remove some");
        const isTaken =
          isActive && (word === "if" ? this.#holds(rest, token) : this.#macros.has(name) === (word === "ifdef"));
        conditions.push({ token, outer: isActive, isActive: isTaken, wasTaken: isTaken });
        return;
      }
      case "elif":
      case "else":
      case "endif":
        if (current === undefined) {
          this.#reports.error("unbalanced-conditional", token.span, `#${word} without #if`, "remove it");
          return;
        }
        if (word === "endif") {
          conditions.pop();
          return;
        }
        current.isActive = current.outer && !current.wasTaken && (word === "else" || this.#holds(rest, token));
        current.wasTaken ||= current.isActive;
        return;
      default:
        if (isActive) this.#plain(word, name, rest, token, result);
    }
  }

  #holds(condition: string, { span }: Token): boolean {
    const value = evaluateCondition(condition, (name) => this.#macros.get(name));
    if (value === undefined)
      this.#reports.error("bad-condition", span, "the condition has no value", "write an expression of integers");
    return value === true;
  }

  #plain(word: string, name: string, rest: string, token: Token, result: Token[]): void {
    if (word === "define" && name !== "") {
      const [, list, body = ""] = /^\w+(?:\(([^)]*)\))?\s*([\s\S]*)$/.exec(rest) ?? [];
      const parameters = list?.split(",").map((one) => one.trim());
      this.#macros.set(name, { parameters, body });
    } else if (word === "undef") this.#macros.delete(name);
    else if (word === "error")
      this.#reports.error("error-directive", token.span, `this file stops the compilation: #error ${rest}`);
    else if (word === "include") this.#included(rest, token, result);
    else if (word === "pragma" && name === "once") this.#once.add(token.span.file);
  }

  /** An interface is imported; of any other file the macros are read. */
  #included(rest: string, { span }: Token, result: Token[]): void {
    const name = /^(?:"([^"]*)"|<([^>]*)>)/
      .exec(rest)
      ?.slice(1)
      .find((one) => one !== undefined);
    if (name === undefined) return;
    if (/\.idl$/i.test(name)) {
      result.push(
        { kind: "word", text: "import", span },
        { kind: "string", text: name, span },
        { kind: "mark", text: ";", span },
      );
      return;
    }
    const source = this.#include(name);
    if (source === undefined || this.#once.has(source.file)) return;
    if (this.#depth >= maxDepth || ++this.#includes > 1_000)
      this.#reports.fail("too-deep", span, `${name} includes itself, or too many files`, "guard it with #ifndef");
    this.#depth++;
    this.read(source);
    this.#depth--;
  }
}

/** The arguments of a macro, and the index of the token after its closing parenthesis. */
function argumentsAt(given: readonly Token[], start: number): [Token[][], number] {
  const args: Token[][] = [[]];
  let depth = 0;
  let at = start;
  for (; at < given.length; at++) {
    const token = given[at] as Token;
    if (token.kind === "end" || token.kind === "directive") break;
    if (token.kind === "mark") {
      if (token.text === "(") depth++;
      else if (token.text === ")" && depth-- === 0) return [args, at + 1];
      else if (token.text === "," && depth === 0) {
        args.push([]);
        continue;
      }
    }
    args.at(-1)?.push(token);
  }
  return [args, at];
}
