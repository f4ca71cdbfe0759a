// Annotations: properties that the interface language cannot express are written in a comment, `/** @idempotent */`,
// which rpcgen and all other compilers ignore. One parser for the compiler, the linter, the pages and editors.
import { allSemantics } from "../../base/semantics.js";

/** An annotation, as the compiler and editors explain it. */
export interface AnnotationKind {
  /** Its meaning, as a sentence. */
  readonly summary: string;
  /** The arguments that may follow the name; absent if it takes none. */
  readonly argument?: string;
  /** The declaration that it belongs to. Default: a procedure. */
  readonly at?: "number";
}

type Choice = (typeof allSemantics)[number];

/** Every annotation, by name. They are written above a procedure or another declaration, or after it on the same line. */
export const ANNOTATIONS: ReadonlyMap<string, AnnotationKind> = new Map<string, AnnotationKind>([
  ["idempotent", { summary: "A call may run several times without harm. Clients repeat it when no reply comes." }],
  [
    "semantics",
    {
      summary: `How often a call may run, unless the client chooses: ${allSemantics.slice(0, -1).join(", ")} or ${allSemantics.at(-1)}.`,
      argument: "CHOICE",
    },
  ],
  ["oneway", { summary: "The server sends no reply, and clients do not wait for one. The result must be void." }],
  [
    "stream",
    {
      summary:
        "The procedure has many results, one after the other: the type of the result is that of one. A client reads them with `for await`, and the server makes them in an async generator.",
    },
  ],
  [
    "inout",
    {
      summary:
        "The result carries a changed copy of this argument. The client copies it into the caller's own object (copy/restore).",
      argument: "ARGUMENT",
    },
  ],
  [
    "ref",
    {
      summary:
        "This unsigned int refers to a node of a table beside it: 0 is null, i is element i - 1. In TypeScript it is the node itself.",
      argument: "NODE",
      at: "number",
    },
  ],
  ["since", { summary: "The release that first had this procedure. For readers.", argument: "RELEASE" }],
]);

/** One `@name` at the beginning of a comment's line, or after another annotation. */
export interface Annotation {
  readonly name: string;
  /** The rest of the line, up to the next annotation; empty for an annotation without an argument. */
  readonly argument: string;
  /** The position of the `@`, from the start of the text. */
  readonly offset: number;
  /** The length of the `@` and the name. */
  readonly length: number;
}

/** The margin of a line, including the marks of a comment. */
const MARGIN = /^[ \t]*(?:\/\*+|\/\/+|\*+(?!\/))?[ \t]*/;
const NAME = /@([A-Za-z][\w-]*)(?![\w.@-])/y;

/** The annotations in a comment, with or without its marks, in order. */
export function annotationsIn(comment: string): Annotation[] {
  if (!comment.includes("@")) return [];
  const found: Annotation[] = [];
  let start = 0;
  const sameLength = comment.replace(/\r(?=\n)/g, " ").replaceAll("\r", "\n");
  for (const line of sameLength.split("\n")) {
    readLine(line, start, found);
    start += line.length + 1;
  }
  return found;
}

function readLine(line: string, start: number, found: Annotation[]): void {
  let at = MARGIN.exec(line)?.[0].length ?? 0;
  for (;;) {
    NAME.lastIndex = at;
    const [whole, name] = NAME.exec(line) ?? [];
    if (whole === undefined || name === undefined) return;
    const end = at + whole.length;
    const isOurs = ANNOTATIONS.has(name);
    const isFlag = isOurs && ANNOTATIONS.get(name)?.argument === undefined;
    const next = isOurs ? nextAnnotation(line, end) : line.length;
    found.push({
      name,
      argument: isFlag ? "" : argumentIn(line.slice(end, next)),
      offset: start + at,
      length: whole.length,
    });
    if (!isOurs || next === line.length) return;
    // A flag may be followed by words for readers, in which nothing is meant for us.
    if (isFlag && !/^[ \t,]*$/.test(line.slice(end, next))) return;
    at = next;
  }
}

/** The offset of the next `@name` after a blank or a comma; without one, that of the end of the line. */
function nextAnnotation(line: string, from: number): number {
  for (const { index } of line.slice(from).matchAll(/(?<=[\s,])@(?=[A-Za-z])/g)) {
    NAME.lastIndex = from + index;
    if (NAME.test(line)) return from + index;
  }
  return line.length;
}

/** An annotation of a procedure that comes after other words of its line, where it has no effect. */
export interface UnreadAnnotation {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/** Annotations without effect, because words come before them on their line. Text may mention `@since` and `@ref`. */
export function unreadIn(comment: string): UnreadAnnotation[] {
  if (!comment.includes("@")) return [];
  const read = new Set(annotationsIn(comment).map(({ offset }) => offset));
  return [...comment.matchAll(/(?<=\s)@(idempotent|semantics|oneway|stream|inout)(?![\w.@-])/g)].flatMap(
    ({ index, 0: whole, 1: name = "" }) => (read.has(index) ? [] : [{ name, offset: index, length: whole.length }]),
  );
}

function argumentIn(rest: string): string {
  return rest
    .replace(/\*+\/.*$/, "")
    .replace(/^[:\s]+/, "")
    .replace(/[\s,]+$/, "");
}

/** The properties that the annotations in a procedure's comment set. */
export interface Annotated {
  readonly idempotent?: true;
  /** "at-least-once" is `idempotent`. */
  readonly semantics?: Exclude<Choice, "at-least-once">;
  readonly oneWay?: true;
  /** It has many results. */
  readonly stream?: true;
  /** Arguments whose changed copies the result carries. */
  readonly inout?: readonly string[];
  readonly since?: string;
}

/** @param comment without its marks. */
export function annotatedBy(comment: string | undefined): Annotated {
  const found = annotationsIn(comment ?? "");
  const inout = found.filter(({ name, argument }) => name === "inout" && argument !== "").map(firstWord);
  const since = found.find(({ name }) => name === "since")?.argument;
  return {
    ...repeatable(found),
    ...(found.some(({ name }) => name === "oneway") ? { oneWay: true } : {}),
    ...(found.some(({ name }) => name === "stream") ? { stream: true } : {}),
    ...(inout.length === 0 ? {} : { inout }),
    ...(since === undefined || since === "" ? {} : { since }),
  };
}

function repeatable(found: readonly Annotation[]): Pick<Annotated, "idempotent" | "semantics"> {
  const semantics = found.flatMap((one) => (one.name === "semantics" ? (choiceOf(firstWord(one)) ?? []) : []))[0];
  return semanticsFields(semantics ?? (found.some(({ name }) => name === "idempotent") ? "at-least-once" : undefined));
}

/** The choice that a word names. */
export function choiceOf(word: string): Choice | undefined {
  return allSemantics.find((one) => one === word);
}

/** The fields of a procedure with these semantics. */
export function semanticsFields(semantics: Choice | undefined): Pick<Annotated, "idempotent" | "semantics"> {
  if (semantics === "at-least-once") return { idempotent: true };
  return semantics === undefined ? {} : { semantics };
}

/** The properties that take effect: a one-way procedure must return nothing, a stream something, and only a reply says that a call ran exactly once. */
export function effectiveOf({ oneWay, stream, semantics, ...others }: Annotated, returnsVoid: boolean): Annotated {
  const isOneWay = oneWay === true && returnsVoid;
  return {
    ...others,
    ...(isOneWay && semantics === "exactly-once" ? {} : semanticsFields(semantics)),
    ...(isOneWay ? { oneWay } : {}),
    ...(stream && !returnsVoid ? { stream } : {}),
  };
}

/** The name of an argument. Words for readers may follow after a colon, a dash or a bracket. */
export function firstWord({ argument }: Pick<Annotation, "argument">): string {
  return /^[^\s,:(]+/.exec(argument)?.[0] ?? "";
}

/** Words behind the name of an argument that are not set apart as words for readers. */
export function wordsBehind(argument: string): string {
  const [, rest = ""] = /^[^\s,:(]+\s*(.*)$/s.exec(argument) ?? [];
  return /^(?:[-:(]|\u2013|\u2014)/.test(rest) ? "" : rest;
}

/** A comment's text without our annotations, for pages that show them separately. */
export function withoutAnnotations(comment: string): string {
  if (!comment.includes("@")) return comment;
  const lines = comment.split("\n").map((line) => ({ line, left: lineWithout(line) }));
  return lines
    .filter(({ line, left }) => left === line || left.trim() !== "")
    .map(({ left }) => left)
    .join("\n")
    .trim();
}

function lineWithout(line: string): string {
  const known = annotationsIn(line).filter(({ name }) => ANNOTATIONS.has(name));
  return known.reduceRight((text, { offset, length, argument }) => {
    const rest = text.slice(offset + length);
    const end = argument === "" ? 0 : rest.indexOf(argument) + argument.length;
    return text.slice(0, offset) + rest.slice(end).replace(/^[ \t,]+/, "");
  }, line);
}

/** Words of Doxygen, JSDoc and other tools, which are never treated as misspelt annotations. */
export const OTHER_TOOLS: ReadonlySet<string> = new Set(
  (
    "param params arg return returns result retval throws exception brief short details file name author authors " +
    "copyright license licence version date see sa link note remark remarks warning attention bug todo deprecated " +
    "example code endcode verbatim endverbatim defgroup ingroup addtogroup mainpage page section subsection struct union " +
    "enum typedef def var fn class interface namespace internal private public in out par pre post invariant type"
  ).split(" "),
);
