// Rules about names: their style, and names that hide each other in C.
import { BUILTIN_TYPES } from "../c-names/builtins.js";
import type { Fix } from "../findings/fixes.js";
import type { Definition, Span, Type } from "../model/model.js";
import { isType } from "../model/references.js";
import { behindTypedefs } from "../model/typedefs.js";
import { spanBetween } from "../source.js";
import { fieldsOf, type LintContext, type Problem, problem, type Rule, versionsOf } from "./rule.js";

interface Named {
  readonly name: string;
  readonly span: Span;
}

interface Style {
  readonly name: string;
  readonly pattern: RegExp;
  /** A name of words in small letters. */
  readonly join: (words: readonly string[]) => string;
}

const STYLES: readonly Style[] = [
  { name: "UPPER_CASE", pattern: /^[A-Z][A-Z0-9_]*$/, join: (words) => words.join("_").toUpperCase() },
  { name: "snake_case", pattern: /^[a-z][a-z0-9_]*$/, join: (words) => words.join("_") },
  {
    name: "camelCase",
    pattern: /^[a-z][A-Za-z0-9]*$/,
    join: ([first = "", ...rest]) => first + rest.map(capital).join(""),
  },
  { name: "PascalCase", pattern: /^[A-Z][A-Za-z0-9]*$/, join: (words) => words.map(capital).join("") },
];

/** The share of a kind's names that must have a style for it to be the file's style. */
const MAJORITY = 2 / 3;
const LEAST_NAMES = 3;

export const caseStyleRule: Rule = {
  id: "case-style",
  level: "warn",
  summary: "A name in a different style from the others of its kind.",
  reason:
    "Names go verbatim into the code of every language that the interface is compiled to; with one style for each kind they can be guessed.",
  *check(context) {
    for (const [kind, names] of namesByKind(context)) yield* outliers(kind, names);
  },
};

function namesByKind(context: LintContext): Map<string, readonly Named[]> {
  const { definitions } = context;
  const constants = definitions.flatMap((one): readonly Named[] =>
    one.kind === "const" ? [one] : one.kind === "enum" ? one.members : [],
  );
  return new Map([
    ["constants", constants],
    ["types", context.named.filter(isType)],
    ["fields", fieldsOf(context).map(({ field }) => field)],
    ["procedures", versionsOf(context).flatMap(({ procedures }) => procedures)],
  ]);
}

/** The style of most names; undefined if too few agree. */
function commonStyle(names: readonly Named[]): (Style & { readonly count: number }) | undefined {
  const fits = (pattern: RegExp): Named[] => names.filter(({ name }) => pattern.test(name));
  const counted = STYLES.map((style) => ({ ...style, count: fits(style.pattern).length }));
  const [most] = counted.sort((a, b) => b.count - a.count);
  return most === undefined || most.count < names.length * MAJORITY ? undefined : most;
}

/** Writes the name of a new type in the style of the file's types: `Convoy_trailer` as `ConvoyTrailer`. */
export function typeNameStyle(context: LintContext): (name: string) => string {
  const types = context.named.filter(isType);
  const style = types.length === 0 ? undefined : commonStyle(types);
  return (name) => (style === undefined || style.pattern.test(name) ? name : style.join(wordsIn(name)));
}

/** The words of a name in small letters: `P_ADD_args` and `PAddArgs` are `p`, `add` and `args`. */
function wordsIn(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .split("_")
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function* outliers(kind: string, names: readonly Named[]): Iterable<Problem> {
  if (names.length < LEAST_NAMES) return;
  const most = commonStyle(names);
  if (most === undefined || most.count === names.length) return;
  for (const { name, span } of names) {
    if (most.pattern.test(name)) continue;
    yield problem(span, `${name} is not ${most.name}, as ${most.count} of the ${names.length} ${kind} here are`);
  }
}

export const shadowedNameRule: Rule = {
  id: "shadowed-name",
  level: "warn",
  summary: "A name that hides another one.",
  reason:
    "rpcgen makes macros of constants, programs, versions and procedures: if a field, an argument or a member has the same name, C replaces it by the number and does not compile. A type that is named like a built-in one misleads the reader.",
  *check(context) {
    const macros = macrosOf(context);
    const words = new Set(context.pieces.map(({ text }) => text));
    const isTaken = (name: string): boolean => words.has(name) || BUILTIN_TYPES.has(name);
    for (const { what, name, span } of hidden(context)) {
      const macro = macros.get(name);
      if (macro === undefined || macro.span === span) continue;
      const related = [{ span: macro.span, message: `the ${macro.kind} is here` }];
      yield {
        span,
        message: `the ${what} ${name} is named like a ${macro.kind}`,
        hint: "rename one of the two",
        // Members are named in other places, too.
        ...(what === "member" ? {} : { fixes: [renamingAt([span], name, isTaken)] }),
        related,
      };
    }
    for (const definition of context.named.filter(isType)) {
      const { name, span } = definition;
      if (!BUILTIN_TYPES.has(name) || isBuiltin(definition)) continue;
      const fixes = [renamingAll(context, name, isTaken)];
      yield problem(span, `${name} is also the name of a built-in type`, "choose another name", fixes);
    }
  },
};

/** Renames a type in the whole file. */
function renamingAll({ pieces, source }: LintContext, name: string, isTaken: (name: string) => boolean): Fix {
  const places = pieces.filter(({ kind, text }) => kind === "word" && text === name);
  const spans = places.map(({ offset }) => spanBetween(source, offset, offset + name.length));
  return renamingAt(spans, name, isTaken);
}

/** A free name in the style of the old one: `size2`, `the_size_2`. */
function renamingAt(spans: readonly Span[], name: string, isTaken: (name: string) => boolean): Fix {
  const stem = name.includes("_") ? `${name}_` : name;
  let number = 2;
  while (isTaken(`${stem}${number}`)) number++;
  const text = `${stem}${number}`;
  return { title: `Rename to \`${text}\``, edits: spans.map((span) => ({ span, text })) };
}

/** Whether a typedef defines a built-in type under its own name: `typedef unsigned hyper uint64;`. */
function isBuiltin(definition: Definition): boolean {
  const builtin = BUILTIN_TYPES.get(definition.name);
  if (definition.kind !== "typedef" || builtin === undefined) return false;
  const type = behindTypedefs(definition.type);
  if (type.kind !== builtin.kind) return false;
  if (type.kind === "primitive" && builtin.kind === "primitive") {
    // C's own bool_t is an int.
    if (definition.name === "bool_t" && type.name === "int" && type.width === undefined) return true;
    return type.name === builtin.name && (type.width ?? 32) === (builtin.width ?? 32);
  }
  const bytes = (one: Type): string => ("bound" in one ? `${"fixed" in one && one.fixed} ${one.bound.value}` : "");
  return bytes(type) !== "" && bytes(type) === bytes(builtin);
}

type Macro = { readonly kind: string; readonly span: Span };

function macrosOf(context: LintContext): Map<string, Macro> {
  const macros = new Map<string, Macro>();
  for (const definition of context.module.definitions) {
    if (definition.kind === "const") macros.set(definition.name, { kind: "constant", span: definition.span });
    if (definition.kind !== "program") continue;
    macros.set(definition.name, { kind: "program", span: definition.span });
    for (const version of definition.versions) {
      macros.set(version.name, { kind: "version", span: version.span });
      for (const { name, span } of version.procedures) macros.set(name, { kind: "procedure", span });
    }
  }
  return macros;
}

function hidden(context: LintContext): { what: string; name: string; span: Span }[] {
  const members = context.definitions.flatMap((one) => (one.kind === "enum" ? one.members : []));
  const procedures = versionsOf(context).flatMap((version) => version.procedures);
  return [
    ...fieldsOf(context).map(({ field }) => ({ what: "field", name: field.name, span: field.span })),
    ...members.map(({ name, span }) => ({ what: "member", name, span })),
    ...procedures.flatMap(({ args, span }) => args.map(({ name }) => ({ what: "argument", name, span }))),
  ];
}
