// Types of the syntax tree to types of the model.
import type { FieldSyntax, Name, TypeSyntax, Value } from "./ast.js";
import { BUILTIN_TYPES, builtinStruct, FOREIGN_NAMES } from "./builtins.js";
import { reportError } from "./diagnostics.js";
import type { Bound, Field, Span, Type, TypeDefinition } from "./model.js";
import { nearest } from "./nearest.js";
import { LENGTH, resolveNumber } from "./numbers.js";
import { PLACEHOLDER, type Scope } from "./scope.js";

/** The greatest length there is: of `<>`. */
export const MAX_LENGTH = 0xffff_ffff;
/** A `*` that the checker looks at again once lists are known. */
export interface OptionalUse {
  readonly span: Span;
  readonly element: Type;
}

/** The scope, and what is gathered while types are resolved. */
export interface Resolver extends Scope {
  /** Types that were reported as undefined. */
  readonly unknown: Set<string>;
  /** Built-in structs that the file refers to. */
  readonly builtins: Map<string, TypeDefinition>;
  readonly optionals: OptionalUse[];
  /** Arms by the place of their names: `case` and `default` may share one. */
  readonly arms: Map<Name, Field>;
}

interface VoidMessage {
  readonly message: string;
  readonly hint: string;
}

const BYTES_HINT = "for bytes of any kind use `opaque data<>`";
const VOID_ARRAY: VoidMessage = { message: "an array of void makes no sense", hint: BYTES_HINT };
const VOID_POINTER: VoidMessage = { message: "a pointer to void has no meaning on the wire", hint: BYTES_HINT };

export function resolveField(resolver: Resolver, { name, type, comment }: FieldSyntax): Field {
  return { name: name.text, type: resolveType(resolver, type), comment, span: name.span };
}

/** Resolves the names in a type; what it cannot resolve it reports. */
export function resolveType(resolver: Resolver, type: TypeSyntax): Type {
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
      if (isText(resolver, type)) return { kind: "string", bound: resolveBound(resolver, type.bound) };
      const element = resolveElement(resolver, type.element, VOID_ARRAY);
      return { kind: "array", fixed: type.fixed, bound: resolveBound(resolver, type.bound), element };
    }
    case "optional": {
      const element = resolveElement(resolver, type.element, VOID_POINTER);
      resolver.optionals.push({ span: type.span, element });
      return { kind: "optional", element };
    }
    default:
      return PLACEHOLDER; // Bodies were hoisted.
  }
}

/** `utf8string name<64>`: a word for string, where no type is called so. */
function isText(resolver: Resolver, { element, fixed }: TypeSyntax & { kind: "array" }): boolean {
  return !fixed && element.kind === "reference" && element.name === TEXT && !resolver.types.has(TEXT);
}

const TEXT = "utf8string";

/** A type where void makes no sense. */
export function resolveElement(resolver: Resolver, element: TypeSyntax, ifVoid: VoidMessage): Type {
  if (element.kind === "primitive" && element.name === "void") {
    reportError(resolver.reporter, "invalid-void", element.span, ifVoid.message, { hint: ifVoid.hint });
    return PLACEHOLDER;
  }
  return resolveType(resolver, element);
}

function resolveReference(resolver: Resolver, name: string, span: Span): Type {
  const definition = resolver.types.get(name);
  if (definition !== undefined) {
    const file = resolver.foreign.get(name);
    if (file !== undefined) resolver.uses.add(file);
    return { kind: "named", definition };
  }
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
    const define = `define it (\`struct ${name} { ... };\`), or say who does: --import FILE.x or --extern ${name}=MODULE`;
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
  const value = resolveNumber(resolver, bound, LENGTH);
  return { value: value ?? MAX_LENGTH, name: bound.kind === "name" ? bound.name : undefined };
}

/** Undefined for what was reported. */
