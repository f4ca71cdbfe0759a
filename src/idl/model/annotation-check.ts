// Finds annotations without effect: misspelt ones, and those at a wrong place.
import { nearest } from "../../base/nearest.js";
import { allSemantics } from "../../base/semantics.js";
import { type Reporter, reportWarning } from "../findings/diagnostics.js";
import { didYouMean, removing } from "../findings/fixes.js";
import { piecesIn } from "../findings/suppressions.js";
import type { Piece } from "../format/pieces.js";
import { type Source, spanBetween } from "../source.js";
import {
  ANNOTATIONS,
  type Annotation,
  annotationsIn,
  choiceOf,
  firstWord,
  OTHER_TOOLS,
  unreadIn,
  wordsBehind,
} from "../syntax/annotations.js";
import type { BodySyntax, DefinitionSyntax, FieldSyntax, ProcedureSyntax, TypedefSyntax } from "../syntax/ast.js";
import { leadsToNext } from "../syntax/lexer-comments.js";
import type { Span } from "./model.js";

/** An annotation with its place in a file. */
export interface PlacedAnnotation extends Annotation {
  readonly span: Span;
  /** The place of the annotation together with its argument. */
  readonly whole: Span;
  /** The start of the token after the comment; undefined at the end of the file. */
  readonly next: number | undefined;
  /** The start of the comment, if code precedes it on its line. */
  readonly behind: number | undefined;
}

/** The annotations of a source, in its order. */
export function annotationsOf(source: Source, pieces: readonly Piece[] = piecesIn(source)): PlacedAnnotation[] {
  const annotations: PlacedAnnotation[] = [];
  const before = codeBefore(pieces);
  let next: number | undefined;
  // The loop runs backwards, so that the code after a comment is known when the comment is reached.
  for (const [index, piece] of [...pieces.entries()].reverse()) {
    if (piece.kind !== "comment") {
      next = piece.offset;
      continue;
    }
    const { text, offset: start } = piece;
    const leads = leadsToNext(source.text, start + text.length, before[index] ?? "", text);
    const behind = index > 0 && piece.lineEnds === 0 && !leads ? start : undefined;
    for (const one of annotationsIn(piece.text).reverse()) {
      const offset = piece.offset + one.offset;
      const end = offset + (one.argument === "" ? one.length : argumentEnd(piece.text, one) - one.offset);
      const [span, whole] = [offset + one.length, end].map((to) => spanBetween(source, offset, to)) as [Span, Span];
      annotations.push({ ...one, span, whole, next, behind });
    }
  }
  return annotations.reverse();
}

/** For each piece: the last character before it that is not in a comment. Empty at the start of the file. */
function codeBefore(pieces: readonly Piece[]): string[] {
  let last = "";
  return pieces.map(({ kind, text }) => {
    const before = last;
    if (kind !== "comment") last = text.at(-1) ?? "";
    return before;
  });
}

/** Where the argument of an annotation ends. */
function argumentEnd(comment: string, { offset, length, argument }: Annotation): number {
  return comment.indexOf(argument, offset + length) + argument.length;
}

/**
 * The annotation that was probably meant; undefined for words of other tools, and for words that are not similar to an
 * annotation.
 */
export function meantBy(name: string): string | undefined {
  if (ANNOTATIONS.has(name) || OTHER_TOOLS.has(name)) return undefined;
  return nearest(name.toLowerCase().replaceAll(/[-_]/g, ""), ANNOTATIONS.keys());
}

export function checkAnnotations(
  sources: readonly Source[],
  syntax: readonly DefinitionSyntax[],
  reporter: Reporter,
): void {
  const annotated = sources.filter(({ text }) => text.includes("@"));
  if (annotated.length === 0) return;
  const procedures = proceduresIn(syntax);
  const numbers = numbersIn(syntax);
  for (const source of annotated) {
    const own = procedures.filter(({ span }) => span.file === source.file && span.expandedFrom === undefined);
    const sorted = own.toSorted((a, b) => a.span.offset - b.span.offset);
    for (const one of annotationsOf(source)) {
      if (ANNOTATIONS.get(one.name)?.at === "number") checkAtNumber(one, numbers, reporter);
      else checkAnnotation(one, sorted, reporter);
    }
    for (const { comment, name, span } of unreadOf(source)) {
      if (sorted.some((procedure) => procedure.span.offset === comment)) reportUnread(name, span, reporter);
    }
  }
}

/** Annotations that stand behind other words of their line. `comment`: the start of the token after the comment. */
function* unreadOf(source: Source): Generator<{ comment: number; name: string; span: Span }> {
  let waiting: { name: string; span: Span }[] = [];
  for (const piece of piecesIn(source)) {
    if (piece.kind !== "comment") {
      for (const one of waiting) yield { comment: piece.offset, ...one };
      waiting = [];
      continue;
    }
    for (const { name, offset, length } of unreadIn(piece.text)) {
      const start = piece.offset + offset;
      waiting.push({ name, span: spanBetween(source, start, start + length) });
    }
  }
}

function reportUnread(name: string, span: Span, reporter: Reporter): void {
  const message = `@${name} comes after other words, and has no effect here`;
  reportWarning(reporter, "misplaced-annotation", span, message, {
    hint: "begin a line of the comment with it, or write it directly after another annotation",
  });
}

function proceduresIn(syntax: readonly DefinitionSyntax[]): ProcedureSyntax[] {
  return syntax.flatMap((one) => (one.kind === "program" ? one.versions.flatMap(({ procedures }) => procedures) : []));
}

/** Declarations that may be references. */
interface Numbers {
  /** Fields with an annotation, by the annotation's argument. */
  readonly marked: ReadonlyMap<string, readonly Pick<FieldSyntax, "name" | "type">[]>;
  /** The names of all types. */
  readonly types: ReadonlySet<string>;
}

function numbersIn(syntax: readonly DefinitionSyntax[]): Numbers {
  const marked = new Map<string, Pick<FieldSyntax, "name" | "type">[]>();
  for (const { name, type, comment = "" } of syntax.flatMap(declarationsIn)) {
    for (const one of annotationsIn(comment)) {
      if (ANNOTATIONS.get(one.name)?.at === "number") append(marked, one.argument, { name, type });
    }
  }
  return { marked, types: new Set(syntax.filter(({ kind }) => kind !== "program").map(({ name }) => name.text)) };
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The typedef, or the fields and arms of a body, with its comments. */
function declarationsIn(definition: DefinitionSyntax): Pick<FieldSyntax, "name" | "type" | "comment">[] {
  if (definition.kind === "typedef") return [definition satisfies TypedefSyntax];
  if (definition.kind !== "body") return [];
  const { body } = definition satisfies BodySyntax;
  if (body.kind === "struct") return [...body.fields];
  if (body.kind !== "union") return [];
  return [...body.cases, { arm: body.default?.arm, comment: undefined }].flatMap(({ arm, comment }) =>
    arm === undefined ? [] : [{ ...arm, comment: arm.comment ?? comment }],
  );
}

/** Other tools write `@ref NAME` in running text: it is meant for us if it names a type or is at a number. */
function checkAtNumber(
  { name, argument, span, next, behind }: PlacedAnnotation,
  all: Numbers,
  reporter: Reporter,
): void {
  const owners = all.marked.get(argument) ?? [];
  const isOwned = owners.some(
    ({ name: own }) => own.span.file === span.file && (own.span.offset > (next ?? span.offset) || behind !== undefined),
  );
  if (isOwned || !all.types.has(/^\S*/.exec(argument)?.[0] ?? "")) return;
  reportWarning(reporter, "misplaced-annotation", span, `@${name} is not at a number, and has no effect here`, {
    hint: "write it directly above a field, an arm or a typedef of unsigned int, or after one on its line",
  });
}

/** @param procedures those of the file, in order. */
function checkAnnotation(one: PlacedAnnotation, procedures: readonly ProcedureSyntax[], reporter: Reporter): void {
  const { name, span, argument } = one;
  const kind = ANNOTATIONS.get(name);
  if (kind === undefined) {
    const meant = meantBy(name);
    if (meant === undefined) return;
    reportWarning(
      reporter,
      "unknown-annotation",
      span,
      `there is no annotation @${name}`,
      didYouMean(span, `@${meant}`),
    );
    return;
  }
  const procedure = ownerOf(one, procedures);
  const fault = procedure === undefined ? NO_PROCEDURE(name) : faultOf(name, argument, procedure);
  if (fault === undefined) return;
  const fixes = fault.isKept ? [] : [removing(one.whole, `Remove \`@${name}\``)];
  reportWarning(reporter, "misplaced-annotation", span, fault.message, { hint: fault.hint, fixes });
}

const NO_PROCEDURE = (name: string): Fault => ({
  message: `@${name} is not at a procedure, and has no effect here`,
  hint: "write it directly above a procedure, or after one on its line",
});

/** The procedure that the annotation belongs to: below it without an empty line, or before it on the same line. */
function ownerOf(
  { name, next, behind, span }: PlacedAnnotation,
  procedures: readonly ProcedureSyntax[],
): ProcedureSyntax | undefined {
  const at = lastBefore(procedures, behind ?? (next ?? -1) + 1);
  if (at === undefined || !says(at, name)) return undefined;
  return behind === undefined
    ? at.span.offset === next
      ? at
      : undefined
    : at.name.span.line <= span.line
      ? at
      : undefined;
}

function says({ annotated = {} }: ProcedureSyntax, name: string): boolean {
  const flags: Record<string, true | undefined> = {
    idempotent: annotated.idempotent,
    oneway: annotated.oneWay,
    stream: annotated.stream,
  };
  return !Object.hasOwn(flags, name) || flags[name] === true;
}

function lastBefore(procedures: readonly ProcedureSyntax[], offset: number): ProcedureSyntax | undefined {
  let [low, high] = [0, procedures.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((procedures[middle]?.span.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return procedures[low - 1];
}

const argumentName = (argument: string): string => argument.split(/[\s,:(]/)[0] ?? argument;

interface Fault {
  readonly message: string;
  readonly hint: string;
  /** It has an effect, and is not to be removed. */
  readonly isKept?: true;
}

function faultOf(name: string, argument: string, procedure: ProcedureSyntax): Fault | undefined {
  const { result, annotated } = procedure;
  const returnsVoid = result.kind === "primitive" && result.name === "void";
  if (name === "stream" && returnsVoid) {
    return {
      message: `${procedure.name.text} returns void, so that @stream has no effect`,
      hint: "the type of the result is that of one result of the stream",
    };
  }
  if (name === "inout" && annotated?.stream) {
    return {
      message: `${procedure.name.text} is a stream, so that @inout has no effect`,
      hint: "copy/restore needs a procedure with one result",
    };
  }
  if (name === "oneway" && !returnsVoid) {
    return {
      message: `${procedure.name.text} returns a value, so that @oneway has no effect`,
      hint: "a one-way procedure returns void",
    };
  }
  if (name === "semantics" && argument !== "") return faultOfChoice(firstWord({ argument }), procedure);
  const words = name === "inout" ? wordsBehind(argument) : "";
  if (words !== "") {
    const [first = ""] = /[^\s,]+/.exec(words) ?? [];
    const isArgument = procedure.args.some(({ name: own }) => own?.text === first);
    return {
      isKept: true,
      message: `@inout takes one name, and ${isArgument ? `${first} is not restored` : `the words after it are not understood`}: ${words}`,
      hint: isArgument
        ? `write @inout for each: @inout ${argumentName(argument)} @inout ${first}`
        : "write words for readers after a colon, or on a line of their own",
    };
  }
  if (ANNOTATIONS.get(name)?.argument !== undefined && argument === "") {
    return { message: `@${name} says nothing`, hint: `write @${name} ${ANNOTATIONS.get(name)?.argument}` };
  }
  return undefined;
}

function faultOfChoice(word: string, { name, annotated }: ProcedureSyntax): Fault | undefined {
  const choice = choiceOf(word);
  if (choice === undefined) {
    const near = nearest(word, allSemantics);
    return {
      message: `@semantics ${word} is not a choice`,
      hint: near === undefined ? `the choices are ${allSemantics.join(", ")}` : `did you mean @semantics ${near}?`,
    };
  }
  if (choice === "exactly-once" && annotated?.oneWay) {
    return {
      message: `${name.text} is one-way and has no reply: @semantics ${choice} has no effect`,
      hint: "a call runs exactly once only if it has a reply",
    };
  }
  return undefined;
}
