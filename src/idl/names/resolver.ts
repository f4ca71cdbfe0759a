// Converts the syntax tree to the model: resolves every name and evaluates every constant. Structural errors are
// reported by the checker.

import { reportError } from "../findings/diagnostics.js";
import { replacing } from "../findings/fixes.js";
import type {
  Definition,
  EnumDefinition,
  Field,
  ProcedureDefinition,
  ProgramDefinition,
  Type,
  UnionCase,
  UnionDefinition,
  VersionDefinition,
} from "../model/model.js";
import { behindTypedefs } from "../model/typedefs.js";
import { effectiveOf } from "../syntax/annotations.js";
import type {
  CaseSyntax,
  EnumBody,
  FieldSyntax,
  ProcedureSyntax,
  UnionBody,
  Value,
  VersionSyntax,
} from "../syntax/ast.js";
import {
  CASES,
  CONSTANT,
  checkRange,
  MEMBER,
  PROCEDURE,
  PROGRAM,
  reportOpen,
  resolveNumber,
  toNumber,
  VERSION,
} from "../syntax/numbers.js";
import { type Constant, constantValue } from "./constants.js";
import { methodName } from "./names.js";
import { isVoid, type OptionalUse, type Resolver, resolveElement, resolveField, resolveType } from "./resolve-types.js";
import type { Draft, Entry, NameTable } from "./scope.js";
import { widenDiscriminant, widenedBy } from "./widen.js";

export interface Resolved {
  readonly definitions: Definition[];
  readonly optionals: readonly OptionalUse[];
}

/** Resolves the definitions that unions depend on: constants, enums and typedefs. */
export function resolveNames(scope: NameTable): Resolver {
  const resolver: Resolver = {
    ...scope,
    unknown: new Set(),
    builtins: new Map(),
    optionals: [],
    widened: new Map(),
    arms: new Map(),
    asked: undefined,
  };
  for (const entry of scope.entries) {
    if (entry.kind === "enum") fillEnum(resolver, entry.draft, entry.constants, entry.body);
    else if (entry.kind === "const") constantValue(resolver, entry.constant);
    else if (entry.kind === "typedef") entry.draft.type = resolveType(resolver, entry.syntax.type);
  }
  return resolver;
}

/** Fills in all other definitions, after `resolveNames` has run for every interface. */
export function resolve(resolver: Resolver): Resolved {
  const { entries } = resolver;
  const definitions = entries.flatMap((entry) => {
    const definition = fill(resolver, entry);
    return definition === undefined ? [] : [...widenedBy(definition), definition];
  });
  return { definitions: [...resolver.builtins.values(), ...definitions], optionals: resolver.optionals };
}

function fill(resolver: Resolver, entry: Entry): Definition | undefined {
  switch (entry.kind) {
    case "const":
      return constDefinition(resolver, entry);
    case "struct":
      if (entry.syntax.body.kind === "struct") entry.draft.fields = resolveFields(resolver, entry.syntax.body.fields);
      return entry.draft;
    case "union":
      if (entry.syntax.body.kind === "union") fillUnion(resolver, entry.draft, entry.syntax.body);
      return entry.draft;
    case "program":
      fillProgram(resolver, entry.draft, entry);
      return entry.draft;
    default:
      return entry.draft;
  }
}

function constDefinition(resolver: Resolver, entry: Entry & { kind: "const" }): Definition | undefined {
  const { name, value: syntax, comment } = entry.syntax;
  const value = entry.constant.value;
  if (value === undefined) return undefined;
  if (typeof value === "bigint") checkRange(resolver, value, CONSTANT, syntax.span);
  const sameAs = syntax.kind === "name" ? { sameAs: syntax.name } : {};
  return { kind: "const", name: name.text, comment, span: name.span, value, ...writtenAs(syntax), ...sameAs };
}

/** The literal of a value, if it is one. */
function writtenAs(value: Value | undefined): { written?: string } {
  return value?.kind === "number" && value.written !== undefined ? { written: value.written } : {};
}

function fillEnum(
  resolver: Resolver,
  draft: Draft<EnumDefinition>,
  constants: readonly Constant[],
  body: EnumBody,
): void {
  const numerals = new Map<string, string>();
  draft.members = constants.flatMap((constant, i) => {
    const value = constantValue(resolver, constant);
    const syntax = body.members[i];
    if (value === undefined && syntax?.value !== undefined) reportOpen(resolver, syntax.value, MEMBER);
    if (value === undefined || syntax === undefined) return [];
    const span = syntax.value?.span ?? syntax.name.span;
    const number = toNumber(resolver, value, MEMBER, { span, isLiteral: syntax.value?.kind === "number" });
    const written = memberAs(syntax.value, numerals);
    if (written.written !== undefined) numerals.set(syntax.name.text, written.written);
    return number === undefined
      ? []
      : [
          {
            name: syntax.name.text,
            value: number,
            ...written,
            comment: syntax.comment,
            span: syntax.name.span,
          },
        ];
  });
}

/** @param numerals of the members above, by name. */
function memberAs(
  value: Value | undefined,
  numerals: ReadonlyMap<string, string>,
): { written?: string; sameAs?: string } {
  if (value?.kind !== "name") return writtenAs(value);
  const written = numerals.get(value.name);
  return written === undefined ? { sameAs: value.name } : { written };
}

function resolveFields(resolver: Resolver, fields: readonly FieldSyntax[]): Field[] {
  return fields.map((field) => resolveField(resolver, field));
}

function fillUnion(resolver: Resolver, draft: Draft<UnionDefinition>, body: UnionBody): void {
  draft.discriminant = resolveDiscriminant(resolver, body.discriminant);
  if (body.close !== undefined) draft.close = body.close;
  const type = behindTypedefs(draft.discriminant.type);
  const kind = discriminantKind(type);
  if (kind === undefined) {
    reportError(
      resolver.reporter,
      "invalid-discriminant",
      body.discriminant.type.span,
      "this type cannot be the discriminant of a union",
      {
        hint: "the discriminant is an int, an unsigned int, a bool or an enum (RFC 4506 section 4.15)",
        // The star of a pointer stands right before the name.
        fixes: [
          replacing(
            body.discriminant.type.span,
            body.discriminant.type.kind === "optional" ? "int " : "int",
            "Change to `int`",
          ),
        ],
      },
    );
    return;
  }
  draft.discriminantKind = kind;
  const arms = [...body.cases, body.default].flatMap((one) => one?.arm?.name.text ?? []);
  const place: UnionPlace = { union: draft, arms: new Set(arms) };
  if (isTagged(draft) && draft.discriminant.name === DEFAULT_TAG) {
    draft.discriminant = { ...draft.discriminant, name: freeName(place, DEFAULT_TAG) };
  }
  const members = type.kind === "named" && type.definition.kind === "enum" ? type.definition.members : [];
  const local = new Map(members.map((member) => [member.name, BigInt(member.value)]));
  draft.cases = body.cases.map((c) => resolveCase(resolver, place, c, local));
  widenDiscriminant(resolver, draft);
  const { default: byDefault } = body;
  if (byDefault === undefined) return;
  const { span, whole } = byDefault;
  draft.default = {
    arm: resolveArm(resolver, place, byDefault.arm),
    span,
    ...(whole === undefined ? {} : { whole }),
  };
}

/** A discriminant whose type C code defines can only be a number of four bytes. */
function resolveDiscriminant(resolver: Resolver, syntax: FieldSyntax): Field {
  const { type } = syntax;
  return resolveField(resolver, type.kind === "reference" ? { ...syntax, type: { ...type, tag: "enum" } } : syntax);
}

function discriminantKind(type: Type): UnionDefinition["discriminantKind"] | undefined {
  if (type.kind === "named") return type.definition.kind === "enum" ? "enum" : undefined;
  if (type.kind !== "primitive") return undefined;
  return type.name === "int" || type.name === "unsigned int" || type.name === "bool" ? type.name : undefined;
}

/** A union whose arms are being resolved, with their names in the file. */
interface UnionPlace {
  readonly union: UnionDefinition;
  readonly arms: ReadonlySet<string>;
}

function resolveCase(
  resolver: Resolver,
  place: UnionPlace,
  { values, arm, comment }: CaseSyntax,
  local: ReadonlyMap<string, bigint>,
): UnionCase {
  const range = CASES[place.union.discriminantKind];
  const resolved = values.flatMap((syntax) => {
    const value = resolveNumber(resolver, syntax, range, local);
    return value === undefined
      ? []
      : [{ value, name: syntax.kind === "name" ? syntax.name : undefined, ...writtenAs(syntax), span: syntax.span }];
  });
  return { values: resolved, arm: resolveArm(resolver, place, arm), comment };
}

/** The property that marks the default arm of an integer union, because `number` does not narrow. */
const DEFAULT_TAG = "isDefault";

function isTagged({ discriminantKind }: UnionDefinition): boolean {
  return discriminantKind === "int" || discriminantKind === "unsigned int";
}

/** An arm named like the discriminant gets `_`: both are properties of one object. */
function resolveArm(resolver: Resolver, place: UnionPlace, syntax: FieldSyntax | undefined): Field | undefined {
  if (syntax === undefined) return undefined;
  const known = resolver.arms.get(syntax.name);
  if (known !== undefined) return known;
  const { union } = place;
  const field = resolveField(resolver, syntax);
  const isTaken = field.name === union.discriminant.name || (isTagged(union) && field.name === DEFAULT_TAG);
  const arm = isTaken ? { ...field, name: freeName(place, field.name) } : field;
  resolver.arms.set(syntax.name, arm);
  return arm;
}

/** Appends `_` until no other property of the union's values has the name. */
function freeName({ union, arms }: UnionPlace, name: string): string {
  let free = `${name}_`;
  while (arms.has(free) || free === union.discriminant.name) free += "_";
  return free;
}

function fillProgram(resolver: Resolver, draft: Draft<ProgramDefinition>, entry: Entry & { kind: "program" }): void {
  const { number, versions } = entry.syntax;
  draft.number = resolveNumber(resolver, number, PROGRAM) ?? Number.NaN;
  draft.numberSpan = number.span;
  Object.assign(draft, writtenAs(number));
  const resolved = versions.map((version) => resolveVersion(resolver, version, draft.name));
  draft.versions = resolved.sort((a, b) => a.number - b.number);
}

function resolveVersion(
  resolver: Resolver,
  { name, comment, number, procedures }: VersionSyntax,
  program: string,
): VersionDefinition {
  const value = resolveNumber(resolver, number, VERSION) ?? Number.NaN;
  const resolved = procedures.map((procedure) => resolveProcedure(resolver, procedure));
  return {
    name: name.text,
    comment,
    span: name.span,
    number: value,
    numberSpan: number.span,
    ...writtenAs(number),
    procedures: resolved.map((one) => ({ ...one, method: methodName(one.name, [program, name.text]) })),
  };
}

const VOID_ARGUMENT = {
  message: "void must be the only argument",
  hint: "remove it, or write `(void)` for no argument",
} as const;

function resolveProcedure(resolver: Resolver, procedure: ProcedureSyntax): Omit<ProcedureDefinition, "method"> {
  const { name, comment, number, args, result } = procedure;
  return {
    name: name.text,
    comment,
    span: name.span,
    number: resolveNumber(resolver, number, PROCEDURE) ?? Number.NaN,
    numberSpan: number.span,
    ...writtenAs(number),
    args: args.map((arg, i) => ({
      name: arg.name?.text ?? (args.length === 1 ? "arg" : `arg${i + 1}`),
      type: resolveElement(resolver, arg.type, VOID_ARGUMENT),
    })),
    result: resolveType(resolver, result),
    ...effectiveOf(procedure.annotated ?? {}, isVoid(procedure.result)),
  };
}
