// The names that a file defines, and their meanings. Types, constants and programs share one namespace (RFC 4506
// section 6.4, RFC 5531 section 12.3).

import { BUILTIN_TYPES } from "../c-names/builtins.js";
import type { Outside } from "../c-names/outside.js";
import { type Reporter, reportWarning } from "../findings/diagnostics.js";
import type {
  EnumDefinition,
  ProgramDefinition,
  StructDefinition,
  TypeDefinition,
  TypedefDefinition,
  UnionDefinition,
} from "../model/model.js";
import type {
  BodySyntax,
  ConstSyntax,
  DefinitionSyntax,
  EnumBody,
  ProgramSyntax,
  TypedefSyntax,
} from "../syntax/ast.js";
import { type Constant, type ConstantScope, newConstant } from "./constants.js";
import { backwardsBefore, isSelfTypedef, reportBackwards, reportDuplicate, saysTheSame } from "./duplicates.js";
import { numberedIn, withoutOtherMacros } from "./macros.js";

/** A definition while it is being filled in. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** A syntax definition with the model's definition that it becomes. */
export type Entry =
  | { readonly kind: "const"; readonly syntax: ConstSyntax; readonly constant: Constant }
  | {
      readonly kind: "enum";
      readonly body: EnumBody;
      readonly constants: readonly Constant[];
      readonly draft: Draft<EnumDefinition>;
    }
  | { readonly kind: "struct"; readonly syntax: BodySyntax; readonly draft: Draft<StructDefinition> }
  | { readonly kind: "union"; readonly syntax: BodySyntax; readonly draft: Draft<UnionDefinition> }
  | { readonly kind: "typedef"; readonly syntax: TypedefSyntax; readonly draft: Draft<TypedefDefinition> }
  | { readonly kind: "program"; readonly syntax: ProgramSyntax; readonly draft: Draft<ProgramDefinition> };

export interface NameTable extends ConstantScope {
  readonly reporter: Reporter;
  readonly entries: readonly Entry[];
  readonly constants: Map<string, Constant>;
  readonly types: Map<string, TypeDefinition>;
  /** Names that another interface defines, with its file. */
  readonly foreign: Map<string, string>;
  /** Types that C code defines. */
  readonly opened: Map<string, StructDefinition>;
  /** The files of interfaces that names were found in. */
  readonly uses: Set<string>;
}

/** Adds every definition; duplicates are reported and skipped. */
export function declare(
  syntax: readonly DefinitionSyntax[],
  reporter: Reporter,
  passed: readonly DefinitionSyntax[],
  scopeOf: (file: string) => NameTable | undefined,
  outside: Outside,
  headers: NameTable["headers"] = () => undefined,
): NameTable {
  const definitions = withoutOtherMacros(syntax);
  const constants = new Map<string, Constant>();
  const types = new Map<string, TypeDefinition>();
  const names = new Map<string, DefinitionSyntax>();
  const programs = new Map<string, DefinitionSyntax>();
  const entries: Entry[] = [];
  const selfless = definitions.filter((definition) => !isSelfTypedef(definition));
  const defined = new Set(selfless.map((definition) => definition.name.text));
  const backwards = backwardsBefore(selfless, defined);
  for (const definition of definitions) {
    const { text } = definition.name;
    const meant = backwards.get(definition);
    if (meant !== undefined && reportBackwards(reporter, definition, meant, defined)) continue;
    if (isSelfTypedef(definition) && (defined.has(text) || BUILTIN_TYPES.has(text))) continue;
    const isProgram = definition.kind === "program";
    const named = names.get(text);
    // A program may have the name of a type, because programs cannot occur where types do.
    const first =
      isProgram && named?.kind !== "const" ? programs.get(text) : (named ?? constantProgram(definition, programs));
    if (first !== undefined) {
      reportAgain(reporter, definition, first, defined);
      continue;
    }
    (isProgram ? programs : names).set(text, definition);
    entries.push(enter(definition, types));
  }
  declareConstants(entries, constants, reporter);
  const kindOf = (name: string): string | undefined => {
    const kind = (names.get(name) ?? programs.get(name))?.kind;
    if (kind === undefined) return BUILTIN_TYPES.has(name) ? "a type" : undefined;
    return kind === "const" ? "a constant" : kind === "program" ? "a program" : "a type";
  };
  return {
    reporter,
    starts: definitions.flatMap(({ start }) => start ?? []),
    entries,
    constants,
    passed: passedConstants(passed),
    types,
    kindOf,
    foreign: new Map(),
    uses: new Set(),
    scopeOf,
    outside,
    headers,
    open: new Set(),
    missing: new Set(),
    near: {},
    opened: new Map(),
  };
}

function reportAgain(
  reporter: Reporter,
  again: DefinitionSyntax,
  first: DefinitionSyntax,
  defined: ReadonlySet<string>,
): void {
  const { text, span } = again.name;
  if (saysTheSame(again, first)) {
    reportWarning(reporter, "duplicate-name", span, `${text} is defined twice, identically`, {
      related: [{ span: first.name.span, message: "the first one is here" }],
    });
  } else if (!reportBackwards(reporter, again, first, defined)) {
    const pair = { again: again.name, first: first.name };
    reportDuplicate(reporter, `${text} is defined twice`, pair, (name) => defined.has(name));
  }
}

/** The program that has a constant's name. */
function constantProgram(
  { kind, name }: DefinitionSyntax,
  programs: ReadonlyMap<string, DefinitionSyntax>,
): DefinitionSyntax | undefined {
  return kind === "const" ? programs.get(name.text) : undefined;
}

function passedConstants(passed: readonly DefinitionSyntax[]): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const one of passed) if (one.kind === "const") constants.set(one.name.text, newConstant(one.name, one.value));
  return constants;
}

function enter(definition: DefinitionSyntax, types: Map<string, TypeDefinition>): Entry {
  const base = { name: definition.name.text, comment: definition.comment, span: definition.name.span };
  switch (definition.kind) {
    case "const":
      return { kind: "const", syntax: definition, constant: newConstant(definition.name, definition.value) };
    case "program":
      return { kind: "program", syntax: definition, draft: { ...base, kind: "program", number: 0, versions: [] } };
    case "typedef": {
      const draft: Draft<TypedefDefinition> = { ...base, kind: "typedef", type: PLACEHOLDER, recursive: false };
      types.set(base.name, draft);
      return { kind: "typedef", syntax: definition, draft };
    }
    case "body":
      return enterBody(definition, base, types);
  }
}

/** The placeholder for a type that is not resolved yet, or cannot be. */
export const PLACEHOLDER = { kind: "primitive", name: "int" } as const;

type Base = Pick<TypeDefinition, "name" | "comment" | "span">;

function enterBody(syntax: BodySyntax, base: Base, types: Map<string, TypeDefinition>): Entry {
  const { body } = syntax;
  if (body.kind === "enum") {
    const draft: Draft<EnumDefinition> = { ...base, kind: "enum", members: [] };
    types.set(base.name, draft);
    const constants: Constant[] = [];
    for (const member of body.members) constants.push(newConstant(member.name, member.value, constants));
    return { kind: "enum", body, constants, draft };
  }
  if (body.kind === "struct") {
    const draft: Draft<StructDefinition> = { ...base, kind: "struct", fields: [], link: undefined, recursive: false };
    types.set(base.name, draft);
    return { kind: "struct", syntax, draft };
  }
  const discriminant = { name: "", type: PLACEHOLDER, comment: undefined, span: base.span };
  const rest = { discriminant, discriminantKind: "int", cases: [], default: undefined, recursive: false } as const;
  const draft: Draft<UnionDefinition> = { ...base, kind: "union", ...rest };
  types.set(base.name, draft);
  return { kind: "union", syntax, draft };
}

/**
 * Constants first, then members, then the numbers of programs, versions and procedures, which are constants in C, too:
 * a member with the name of another definition cannot be distinguished only by its name.
 */
function declareConstants(entries: readonly Entry[], constants: Map<string, Constant>, reporter: Reporter): void {
  for (const entry of entries) {
    if (entry.kind === "const") constants.set(entry.constant.name.text, entry.constant);
  }
  for (const entry of entries) {
    if (entry.kind === "enum") declareMembers(entry.constants, constants, reporter);
  }
  for (const entry of entries) {
    if (entry.kind === "program") declareNumbers(entry.syntax, constants);
  }
}

function declareNumbers(program: ProgramSyntax, constants: Map<string, Constant>): void {
  for (const { name, number } of numberedIn(program)) {
    if (!constants.has(name.text)) constants.set(name.text, newConstant(name, number));
  }
}

function declareMembers(members: readonly Constant[], constants: Map<string, Constant>, reporter: Reporter): void {
  const names = new Set(members.map(({ name }) => name.text));
  for (const member of members) {
    const { name } = member;
    const first = constants.get(name.text);
    if (first === undefined) constants.set(name.text, member);
    else if (first.siblings === member.siblings) {
      const pair = { again: name, first: first.name };
      const isTaken = (one: string): boolean => constants.has(one) || names.has(one);
      reportDuplicate(reporter, `the enum has two members called ${name.text}`, pair, isTaken);
    } else {
      reportWarning(reporter, "ambiguous-name", name.span, `${name.text} is also the name of another constant`, {
        hint: "outside this enum's unions the name means the first one",
        related: [{ span: first.name.span, message: "the first one is here" }],
      });
    }
  }
}
