// The syntax tree to the model: every name resolved, every constant evaluated. What is wrong in shape rather than in
// names is the checker's business.
import type {
  CaseSyntax,
  EnumBody,
  FieldSyntax,
  Name,
  ProcedureSyntax,
  TypeSyntax,
  UnionBody,
  Value,
  VersionSyntax,
} from "./ast.js";
import { BUILTIN_TYPES, builtinStruct, FOREIGN_NAMES } from "./builtins.js";
import { type Constant, constantValue, evaluate } from "./constants.js";
import { type DiagnosticCode, reportError } from "./diagnostics.js";
import type {
  Bound,
  Definition,
  EnumDefinition,
  Field,
  ProgramDefinition,
  Span,
  Type,
  TypeDefinition,
  UnionCase,
  UnionDefinition,
  VersionDefinition,
} from "./model.js";
import { methodNames } from "./names.js";
import { nearest } from "./nearest.js";
import { type Draft, type Entry, PLACEHOLDER, type Scope } from "./scope.js";
import { behindTypedefs } from "./typedefs.js";

/** The greatest length there is: of `<>`. */
export const MAX_LENGTH = 0xffff_ffff;
const MAX_UINT32 = 0xffff_ffffn;
const MIN_INT32 = -0x8000_0000n;
const MAX_INT32 = 0x7fff_ffffn;

/** A `*` that the checker looks at again once lists are known. */
export interface OptionalUse {
  readonly span: Span;
  readonly element: Type;
}

interface Resolver extends Scope {
  /** Types that were reported as undefined. */
  readonly unknown: Set<string>;
  /** Built-in structs that the file refers to. */
  readonly builtins: Map<string, TypeDefinition>;
  readonly optionals: OptionalUse[];
  /** Arms by the place of their names: `case` and `default` may share one. */
  readonly arms: Map<Name, Field>;
}

export interface Resolved {
  readonly definitions: Definition[];
  readonly optionals: readonly OptionalUse[];
}

/** Fills in the drafts of the scope. Typedefs come before unions, whose discriminants look behind them. */
export function resolve(scope: Scope): Resolved {
  const resolver: Resolver = { ...scope, unknown: new Set(), builtins: new Map(), optionals: [], arms: new Map() };
  const { entries } = scope;
  for (const entry of entries) {
    if (entry.kind === "enum") fillEnum(resolver, entry.draft, entry.constants, entry.body);
    else if (entry.kind === "const") constantValue(resolver, entry.constant);
    else if (entry.kind === "typedef") entry.draft.type = resolveType(resolver, entry.syntax.type);
  }
  const definitions = entries.map((entry) => fill(resolver, entry)).filter((definition) => definition !== undefined);
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
  if (typeof value === "bigint")
    checkRange(resolver, value, -(1n << 63n), (1n << 64n) - 1n, syntax.span, "a constant of 64 bits");
  return { kind: "const", name: name.text, comment, span: name.span, value };
}

function fillEnum(
  resolver: Resolver,
  draft: Draft<EnumDefinition>,
  constants: readonly Constant[],
  body: EnumBody,
): void {
  draft.members = constants.flatMap((constant, i) => {
    const value = constantValue(resolver, constant);
    const syntax = body.members[i];
    if (value === undefined || syntax === undefined) return [];
    const span = syntax.value?.span ?? syntax.name.span;
    const number = toNumber(resolver, value, MIN_INT32, MAX_INT32, span, "the value of an enum member (a signed int)");
    return number === undefined
      ? []
      : [{ name: syntax.name.text, value: number, comment: syntax.comment, span: syntax.name.span }];
  });
}

function resolveFields(resolver: Resolver, fields: readonly FieldSyntax[]): Field[] {
  return fields.map((field) => resolveField(resolver, field));
}

function resolveField(resolver: Resolver, { name, type, comment }: FieldSyntax): Field {
  return { name: name.text, type: resolveType(resolver, type), comment, span: name.span };
}

function resolveType(resolver: Resolver, type: TypeSyntax): Type {
  switch (type.kind) {
    case "primitive":
      return { kind: "primitive", name: type.name };
    case "reference":
      return resolveReference(resolver, type.name, type.span);
    case "opaque":
      return { kind: "opaque", fixed: type.fixed, bound: resolveBound(resolver, type.bound) };
    case "string":
      return { kind: "string", bound: resolveBound(resolver, type.bound) };
    case "array": {
      const element = resolveElement(resolver, type.element, "an array of void makes no sense");
      return { kind: "array", fixed: type.fixed, bound: resolveBound(resolver, type.bound), element };
    }
    case "optional": {
      const element = resolveElement(resolver, type.element, "a pointer to void has no meaning on the wire");
      resolver.optionals.push({ span: type.span, element });
      return { kind: "optional", element };
    }
    default:
      return PLACEHOLDER; // Bodies were hoisted.
  }
}

function resolveElement(resolver: Resolver, element: TypeSyntax, ifVoid: string): Type {
  if (element.kind === "primitive" && element.name === "void") {
    reportError(resolver.reporter, "invalid-void", element.span, ifVoid, {
      hint: "for bytes of any kind use `opaque data<>`",
    });
    return PLACEHOLDER;
  }
  return resolveType(resolver, element);
}

function resolveReference(resolver: Resolver, name: string, span: Span): Type {
  const definition = resolver.types.get(name);
  if (definition !== undefined) return { kind: "named", definition };
  const builtin = BUILTIN_TYPES.get(name);
  if (builtin !== undefined) return builtin;
  const struct = resolver.builtins.get(name) ?? builtinStruct(name, span);
  if (struct !== undefined) {
    resolver.builtins.set(name, struct);
    return { kind: "named", definition: struct };
  }
  const kind = resolver.kindOf(name) ?? (resolver.constants.has(name) ? "a constant" : undefined);
  if (kind !== undefined) {
    reportError(resolver.reporter, "wrong-kind", span, `${name} is ${kind}, but a type is needed here`);
  } else if (!resolver.unknown.has(name) && !resolver.reporter.full) {
    resolver.unknown.add(name);
    const close = FOREIGN_NAMES.get(name) ?? nearest(name, typeNames(resolver));
    const define = `define it: \`typedef int ${name};\` or \`struct ${name} { ... };\``;
    const hint = close === undefined ? define : `did you mean \`${close}\`?`;
    reportError(resolver.reporter, "undefined-name", span, `the type ${name} is not defined`, { hint });
  }
  return PLACEHOLDER;
}

function typeNames(resolver: Resolver): string[] {
  return [...resolver.types.keys(), ...LANGUAGE_TYPES, ...BUILTIN_TYPES.keys()];
}

const LANGUAGE_TYPES = ["int", "unsigned", "hyper", "float", "double", "quadruple", "bool", "string", "opaque", "void"];

function resolveBound(resolver: Resolver, bound: Value | undefined): Bound {
  if (bound === undefined) return { value: MAX_LENGTH, name: undefined };
  const value = resolveNumber(resolver, bound, 0n, MAX_UINT32, "a length (an unsigned int)");
  return { value: value ?? MAX_LENGTH, name: bound.kind === "name" ? bound.name : undefined };
}

/** Undefined for what was reported. */
function resolveNumber(
  resolver: Resolver,
  syntax: Value,
  least: bigint,
  greatest: bigint,
  what: string,
  local: ReadonlyMap<string, bigint> = NO_NAMES,
): number | undefined {
  const value = evaluate(resolver, syntax, local);
  return value === undefined ? undefined : toNumber(resolver, value, least, greatest, syntax.span, what);
}

const NO_NAMES: ReadonlyMap<string, bigint> = new Map();

function toNumber(
  resolver: Resolver,
  value: bigint | string,
  least: bigint,
  greatest: bigint,
  span: Span,
  what: string,
): number | undefined {
  if (typeof value === "string") {
    reportError(resolver.reporter, "not-constant", span, `a string cannot be ${what}`);
    return undefined;
  }
  return checkRange(resolver, value, least, greatest, span, what) ? Number(value) : undefined;
}

function checkRange(
  resolver: Resolver,
  value: bigint,
  least: bigint,
  greatest: bigint,
  span: Span,
  what: string,
): boolean {
  if (value >= least && value <= greatest) return true;
  const code: DiagnosticCode = "out-of-range";
  const signed = greatest === MAX_INT32 && value > MAX_INT32 && value <= MAX_UINT32;
  const hint = signed
    ? `the same 32 bits as a signed number: ${BigInt.asIntN(32, value)}`
    : `it must lie between ${least} and ${greatest}`;
  reportError(resolver.reporter, code, span, `${value} is out of range for ${what}`, { hint });
  return false;
}

function fillUnion(resolver: Resolver, draft: Draft<UnionDefinition>, body: UnionBody): void {
  draft.discriminant = resolveField(resolver, body.discriminant);
  const type = behindTypedefs(draft.discriminant.type);
  const kind = discriminantKind(type);
  if (kind === undefined) {
    reportError(
      resolver.reporter,
      "invalid-discriminant",
      body.discriminant.type.span,
      "a union cannot be told apart by this type",
      {
        hint: "the discriminant is an int, an unsigned int, a bool or an enum (RFC 4506 section 4.15)",
      },
    );
    return;
  }
  draft.discriminantKind = kind;
  const members = type.kind === "named" && type.definition.kind === "enum" ? type.definition.members : [];
  const local = new Map(members.map((member) => [member.name, BigInt(member.value)]));
  draft.cases = body.cases.map((c) => resolveCase(resolver, draft, c, local));
  const { default: byDefault } = body;
  if (byDefault === undefined) return;
  draft.default = { arm: resolveArm(resolver, draft, byDefault.arm), span: byDefault.span };
}

function discriminantKind(type: Type): UnionDefinition["discriminantKind"] | undefined {
  if (type.kind === "named") return type.definition.kind === "enum" ? "enum" : undefined;
  if (type.kind !== "primitive") return undefined;
  return type.name === "int" || type.name === "unsigned int" || type.name === "bool" ? type.name : undefined;
}

const CASE_RANGES: Readonly<Record<UnionDefinition["discriminantKind"], readonly [bigint, bigint, string]>> = {
  int: [MIN_INT32, MAX_INT32, "a case of an int"],
  enum: [MIN_INT32, MAX_INT32, "a case of an enum"],
  "unsigned int": [0n, MAX_UINT32, "a case of an unsigned int"],
  bool: [0n, 1n, "a case of a bool (TRUE or FALSE)"],
};

function resolveCase(
  resolver: Resolver,
  union: UnionDefinition,
  { values, arm, comment }: CaseSyntax,
  local: ReadonlyMap<string, bigint>,
): UnionCase {
  const [least, greatest, what] = CASE_RANGES[union.discriminantKind];
  const resolved = values.flatMap((syntax) => {
    const value = resolveNumber(resolver, syntax, least, greatest, what, local);
    return value === undefined
      ? []
      : [{ value, name: syntax.kind === "name" ? syntax.name : undefined, span: syntax.span }];
  });
  return { values: resolved, arm: resolveArm(resolver, union, arm), comment };
}

/** An arm named like the discriminant gets `_`: both are properties of one object. */
function resolveArm(resolver: Resolver, union: UnionDefinition, syntax: FieldSyntax | undefined): Field | undefined {
  if (syntax === undefined) return undefined;
  const known = resolver.arms.get(syntax.name);
  if (known !== undefined) return known;
  const field = resolveField(resolver, syntax);
  const arm = field.name === union.discriminant.name ? { ...field, name: `${field.name}_` } : field;
  resolver.arms.set(syntax.name, arm);
  return arm;
}

function fillProgram(resolver: Resolver, draft: Draft<ProgramDefinition>, entry: Entry & { kind: "program" }): void {
  const { number, versions } = entry.syntax;
  draft.number = resolveNumber(resolver, number, 0n, MAX_UINT32, "a program number (an unsigned int)") ?? Number.NaN;
  const resolved = versions.map((version) => resolveVersion(resolver, version));
  draft.versions = resolved.sort((a, b) => a.number - b.number);
}

function resolveVersion(resolver: Resolver, { name, comment, number, procedures }: VersionSyntax): VersionDefinition {
  const methods = methodNames(procedures.map((procedure) => procedure.name.text));
  return {
    name: name.text,
    comment,
    span: name.span,
    number: resolveNumber(resolver, number, 0n, MAX_UINT32, "a version number (an unsigned int)") ?? Number.NaN,
    procedures: procedures.map((procedure, i) =>
      resolveProcedure(resolver, procedure, methods[i] ?? procedure.name.text),
    ),
  };
}

function resolveProcedure(
  resolver: Resolver,
  procedure: ProcedureSyntax,
  method: string,
): VersionDefinition["procedures"][number] {
  const { name, comment, number, args, result } = procedure;
  return {
    name: name.text,
    comment,
    span: name.span,
    number: resolveNumber(resolver, number, 0n, MAX_UINT32, "a procedure number (an unsigned int)") ?? Number.NaN,
    method,
    args: args.map((arg, i) => ({
      name: arg.name?.text ?? (args.length === 1 ? "arg" : `arg${i + 1}`),
      type: resolveElement(resolver, arg.type, "void stands alone, or there is no argument at all"),
    })),
    result: resolveType(resolver, result),
  };
}
