// Converts types of the syntax tree to types of the model.

import { NearestNames } from "../../base/nearest-names.js";
import { BUILTIN_TYPES, builtinStruct, C_STRUCTS, ERRATA, FOREIGN_NAMES } from "../c-names/builtins.js";
import { hasOwnCodec, isLeftToC, LANGUAGE_TYPES, outsideType, slipAdvice } from "../c-names/outside.js";
import { reportError, reportWarning } from "../findings/diagnostics.js";
import { didYouMean, replacing } from "../findings/fixes.js";
import { composed } from "../model/composed.js";
import type { Bound, EnumDefinition, Field, Span, StructDefinition, Type, TypeDefinition } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { ComposedSyntax, FieldSyntax, Name, TypeSyntax, Value } from "../syntax/ast.js";
import { LENGTH, resolveNumber } from "../syntax/numbers.js";
import { definedAbove, evaluate } from "./constants.js";
import { type NameTable, PLACEHOLDER } from "./scope.js";

/** The greatest possible length, that of `<>`. */
export const MAX_LENGTH = 0xffff_ffff;
/** A `*` that the checker examines again once lists are known. */
export interface OptionalUse {
  readonly span: Span;
  readonly element: Type;
}

/** The scope, and the information that is collected while types are resolved. */
export interface Resolver extends NameTable {
  /** Types that were already reported as undefined. */
  readonly unknown: Set<string>;
  /** Built-in structs that the file refers to. */
  readonly builtins: Map<string, TypeDefinition>;
  readonly optionals: OptionalUse[];
  /** Whether the interface uses C headers; undefined until it is determined. */
  asked: boolean | undefined;
  /** By name: the enums that replace discriminants of unions with more cases than members. */
  readonly widened: Map<string, EnumDefinition>;
  /** Arms by the position of their names: `case` and `default` may share one. */
  readonly arms: Map<Name, Field>;
}

/** The error for void in a place where it is invalid. */
type VoidMessage = ReturnType<typeof composed>["ifVoid"];

export function resolveField(resolver: Resolver, { name, type, comment }: FieldSyntax): Field {
  if ("element" in type && composed(type).isNullable && isVoid(type.element)) {
    const fixes = [replacing(spanAcross(type.element.span, name.span), `opaque ${name.text}<>`)];
    const { message, hint } = composed(type).ifVoid;
    reportError(resolver.reporter, "invalid-void", type.element.span, message, { hint, fixes });
    return { name: name.text, type: PLACEHOLDER, comment, span: name.span };
  }
  return { name: name.text, type: resolveType(resolver, type), comment, span: name.span };
}

/** Resolves the names in a type, and reports those that it cannot resolve. */
export function resolveType(resolver: Resolver, type: TypeSyntax): Type {
  switch (type.kind) {
    case "primitive":
      return primitiveOf(type);
    case "reference":
      return resolveReference(resolver, type);
    case "opaque":
      return { kind: "opaque", fixed: type.fixed, bound: resolveBound(resolver, type.bound, type.fixed) };
    case "string":
      return { kind: "string", bound: resolveBound(resolver, type.bound) };
    case "struct":
    case "union":
    case "enum":
      return PLACEHOLDER; // Bodies were hoisted.
    default:
      return resolveComposed(resolver, type);
  }
}

function resolveComposed(resolver: Resolver, { span, ...type }: ComposedSyntax): Type {
  const { ifVoid, isNullable, mayBeText } = composed(type);
  if (!("bound" in type)) {
    const element = resolveElement(resolver, type.element, ifVoid);
    if (isNullable) resolver.optionals.push({ span, element });
    return { ...type, element };
  }
  const fixed = "fixed" in type && type.fixed;
  if (mayBeText && !fixed && isText(resolver, type.element)) {
    return { kind: "string", bound: resolveBound(resolver, type.bound) };
  }
  const isBytes = mayBeText && isUnknownByte(resolver, type.element);
  const element = isBytes
    ? unknownType(resolver, "byte", type.element.span, "opaque")
    : resolveElement(resolver, type.element, ifVoid);
  return { ...type, element, bound: resolveBound(resolver, type.bound, fixed) };
}

function primitiveOf({ name, width, char }: TypeSyntax & { kind: "primitive" }): Type {
  if (width === undefined) return { kind: "primitive", name };
  return char ? { kind: "primitive", name, width, char } : { kind: "primitive", name, width };
}

/** `utf8string name<64>`: a word for string, if no type has this name. */
function isText(resolver: Resolver, element: TypeSyntax): boolean {
  return element.kind === "reference" && element.name === TEXT && !resolver.types.has(TEXT);
}

const TEXT = "utf8string";

export function isVoid(type: TypeSyntax): boolean {
  return type.kind === "primitive" && type.name === "void";
}

/** A type in a place where void is invalid. */
export function resolveElement(resolver: Resolver, element: TypeSyntax, ifVoid: VoidMessage): Type {
  if (isVoid(element)) {
    reportError(resolver.reporter, "invalid-void", element.span, ifVoid.message, { hint: ifVoid.hint });
    return PLACEHOLDER;
  }
  return resolveType(resolver, element);
}

function resolveReference(resolver: Resolver, reference: Reference): Type {
  const { name, span } = reference;
  const known = knownType(resolver, name, span);
  if (known !== undefined) return known;
  const kind = resolver.kindOf(name) ?? (resolver.constants.has(name) ? "a constant" : undefined);
  if (kind !== undefined) {
    reportError(resolver.reporter, "wrong-kind", span, `${name} is ${kind}, but a type is needed here`);
    return PLACEHOLDER;
  }
  const said = typeOfC(resolver, name, span);
  if (said !== undefined) return said;
  if (resolver.reporter.full) return PLACEHOLDER;
  resolver.missing.add(name);
  return leftToC(resolver, reference) ?? unknownType(resolver, name, span);
}

type Reference = TypeSyntax & { readonly kind: "reference" };

function knownType(resolver: Resolver, name: string, span: Span): Type | undefined {
  const definition = resolver.types.get(name);
  if (definition !== undefined) {
    const file = resolver.foreign.get(name);
    if (file !== undefined) resolver.uses.add(file);
    return { kind: "named", definition };
  }
  const builtin = BUILTIN_TYPES.get(name);
  if (builtin !== undefined) return builtin;
  const meant = resolver.types.get(ERRATA.get(name) ?? "");
  if (meant !== undefined) return { kind: "named", definition: meant };
  const struct = resolver.builtins.get(name) ?? builtinStruct(name, span);
  if (struct === undefined) return undefined;
  resolver.builtins.set(name, struct);
  return { kind: "named", definition: struct };
}

/** The declaration of a type in `%` lines. */
function typeOfC(resolver: Resolver, name: string, span: Span): Type | undefined {
  const said = outsideType(resolver.outside, name);
  const type = said === undefined || "type" in said ? said?.type : knownType(resolver, said.name, span);
  if (type === undefined || resolver.unknown.has(name)) return type;
  resolver.unknown.add(name);
  const hint = hasOwnCodec(resolver.outside, name)
    ? `xdr_${name} is written by hand and may differ: in that case use --extern ${name}=MODULE`
    : undefined;
  const message = `the type ${name} is read from the lines for C (%)`;
  reportWarning(resolver.reporter, "left-to-c", span, message, hint === undefined ? {} : { hint });
  return type;
}

/** A type that C code defines: the layout of an enum is known, all others must be written by hand. */
function leftToC(resolver: Resolver, { name, span, tag }: Reference): Type | undefined {
  const { outside, reporter, opened, unknown } = resolver;
  const close = unknown.has(name) ? undefined : nearestType(resolver, name);
  const slip = close !== undefined && isKnownHere(resolver, close) && !C_STRUCTS.has(name) ? close : undefined;
  if (!opened.has(name) && !isLeftToC(outside, name, slip, asksC(resolver))) return undefined;
  const body = tag === "enum" ? `enum ${name} { ${name}_0 = 0 };` : `struct ${name} { int value; };`;
  const define = definedAbove(resolver, span, body, `Define \`${body.split(" {")[0]}\` before it`);
  const slipped = slipAdvice(
    name,
    close,
    span,
    `name the file that defines it: --import FILE.x or --extern ${name}=MODULE`,
  );
  const advice = { ...slipped, fixes: [...(slipped.fixes ?? []), ...define] };
  if (tag === "enum") {
    if (!unknown.has(name))
      reportWarning(
        reporter,
        "left-to-c",
        span,
        `the enum ${name} is defined in C code: it is treated as an int`,
        advice,
      );
    unknown.add(name);
    return PLACEHOLDER;
  }
  const definition = opened.get(name) ?? unknownStruct(name, span);
  if (!opened.has(name)) {
    reportWarning(
      reporter,
      "left-to-c",
      span,
      `the type ${name} is defined in C code: you have to write its codec`,
      advice,
    );
  }
  opened.set(name, definition);
  return { kind: "named", definition };
}

/**
 * Whether the interface or the language defines the type. The built-in names of C libraries are excluded: they are too
 * many and too similar.
 */
function isKnownHere({ types }: Resolver, name: string): boolean {
  return types.has(name) || LANGUAGE_TYPES.includes(name);
}

/** @param byte the replacement for `byte`. */
function unknownType(resolver: Resolver, name: string, span: Span, byte = "unsigned char"): Type {
  if (resolver.unknown.has(name) || resolver.reporter.full) return PLACEHOLDER;
  resolver.unknown.add(name);
  const close = nearestType(resolver, name);
  const define = `define it (\`struct ${name} { ... };\`), or name the file that does: --import FILE.x or --extern ${name}=MODULE`;
  const fixes = definedAbove(resolver, span, `struct ${name} { int value; };`, `Define \`struct ${name}\` before it`);
  const otherwise = close === undefined ? { hint: define, fixes } : didYouMean(span, close);
  const advice = name === "byte" ? { hint: BYTE, fixes: [replacing(span, byte)] } : otherwise;
  reportError(resolver.reporter, "undefined-name", span, `the type ${name} is not defined`, advice);
  return PLACEHOLDER;
}

function isUnknownByte(resolver: Resolver, element: TypeSyntax): boolean {
  if (element.kind !== "reference" || element.name !== "byte") return false;
  return knownType(resolver, element.name, NOWHERE) === undefined && resolver.kindOf(element.name) === undefined;
}

/** Whether the interface names a struct of C's headers, or two unknown structs, with C's tag before them. */
function asksC(resolver: Resolver): boolean {
  if (resolver.asked !== undefined) return resolver.asked;
  const unknown = [...resolver.outside.tagged].filter(
    (name) => !resolver.types.has(name) && !BUILTIN_TYPES.has(name) && builtinStruct(name, NOWHERE) === undefined,
  );
  const foreign = unknown.filter((name) => nearestType(resolver, name) === undefined);
  resolver.asked = unknown.some((name) => C_STRUCTS.has(name)) || foreign.length > 1;
  return resolver.asked;
}

const NOWHERE: Span = { file: "", line: 1, column: 1, offset: 0, length: 0 };

function nearestType(resolver: Resolver, name: string): string | undefined {
  resolver.near.types ??= new NearestNames(typeNames(resolver));
  const foreign = FOREIGN_NAMES.get(name);
  const near = resolver.near.types.nearest(name);
  // `numbers` of this file is meant more often than the `number` of another language.
  if (near?.startsWith(name) && resolver.types.has(near)) return near;
  return foreign ?? near;
}

const BYTE = "bytes are `opaque b[1]` or `opaque b<>`; a number of eight bits is an `unsigned char`";

/** The type as an unknown struct. */
export function unknownStruct(name: string, span: Span): StructDefinition {
  return { kind: "struct", name, comment: undefined, span, fields: [], link: undefined, recursive: true, byHand: true };
}

function typeNames(resolver: Resolver): string[] {
  return [...resolver.types.keys(), ...LANGUAGE_TYPES, ...BUILTIN_TYPES.keys()];
}

/** A maximum length that only C code knows is treated as unbounded: the bytes are the same. */
function resolveBound(resolver: Resolver, bound: Value | undefined, fixed = false): Bound {
  if (bound === undefined) return NO_BOUND;
  if (!fixed && evaluate(resolver, bound, new Map()) === undefined) return NO_BOUND;
  const value = resolveNumber(resolver, bound, LENGTH);
  return { value: value ?? MAX_LENGTH, name: bound.kind === "name" ? bound.name : undefined };
}

const NO_BOUND: Bound = { value: MAX_LENGTH, name: undefined };
