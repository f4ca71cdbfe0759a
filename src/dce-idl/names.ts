// The names of a file and of those that it imports: constants, types, tags.

import { operate } from "../dce/ndr/expressions.js";
import type { Span } from "../idl/model/model.js";
import type { Attribute, Declarator, Expression, TypeSpec } from "./ast.js";
import { sizeOf, sizeOfNamed } from "./contents.js";
import { didYouMean } from "./cursor.js";
import type { NamedType } from "./model.js";
import type { Reports } from "./reports.js";

/** A typedef: its type is resolved where it is used, with the attributes of both places. */
export interface Alias {
  readonly attributes: readonly Attribute[];
  readonly type: TypeSpec;
  readonly declarator: Declarator;
  readonly pointerDefault: "ref" | "unique" | "ptr";
}

/** The deepest chain of typedefs. */
export const maxAliases = 100;

const truths: ReadonlyMap<string, number> = new Map([
  ["TRUE", 1],
  ["FALSE", 0],
]);

export class Names {
  readonly constants = new Map<string, number | string>();
  readonly aliases = new Map<string, Alias>();
  readonly types = new Map<string, NamedType>();
  readonly tags = new Map<string, NamedType>();
  /** Interfaces: those of COM are used like types. */
  readonly interfaces = new Set<string>();
  /** The members of enums, which are constants too. */
  readonly #enumerators = new Set<string>();
  readonly #defined = new Map<string, { readonly span: Span; readonly definition: unknown; text?: string }>();
  readonly reports: Reports;

  constructor(reports: Reports) {
    this.reports = reports;
  }

  /**
   * Reports a second definition of a name. As in C, the same definition may be there twice.
   * @returns whether it is the first one.
   */
  define(name: string, span: Span, definition?: unknown): boolean {
    const before = this.#defined.get(name);
    if (name === "__proto__") this.reports.error("reserved-name", span, "this name cannot be used in JavaScript");
    if (before === undefined) {
      this.#defined.set(name, { span, definition });
      return true;
    }
    // A long definition is not written out again for each of many that are compared with it.
    if (definition !== undefined) before.text ??= textOf(before.definition);
    if (definition !== undefined && textOf(definition) === before.text) return false;
    const { file, line, offset } = before.span;
    if (file !== span.file) {
      const message = `\`${name}\` is already defined in ${file}:${line}; this definition counts`;
      this.reports.warning("duplicate-name", span, message, "rename one of them");
    } else if (offset !== span.offset)
      this.reports.error("duplicate-name", span, `\`${name}\` is already defined in ${file}:${line}`);
    return true;
  }

  defineMember(name: string, span: Span, value: number): void {
    this.define(name, span);
    this.constants.set(name, value);
    this.#enumerators.add(name);
  }

  isConstant(name: string): boolean {
    return this.constants.has(name) || truths.has(name);
  }

  isEnumerator(name: string): boolean {
    return this.#enumerators.has(name);
  }

  /** The value of a constant expression. */
  constant(expression: Expression): number {
    switch (expression.kind) {
      case "number":
        return expression.value;
      case "name":
        return this.#named(expression);
      case "binary": {
        const value = operate(expression.operator, this.constant(expression.left), this.constant(expression.right));
        return value ?? this.reports.fail("out-of-range", expression.span, "the expression has no value");
      }
      case "conditional":
        return this.constant(this.constant(expression.condition) === 0 ? expression.otherwise : expression.then);
      case "sizeof":
        return this.#sizeOf(expression.type, expression.span, 0);
    }
  }

  /** The bytes of a built-in type or of a name of one, as NDR has them. */
  #sizeOf(type: TypeSpec, span: Span, depth: number): number {
    const alias = type.kind === "name" ? this.aliases.get(type.name) : undefined;
    if (alias !== undefined && alias.declarator.layers.length === 0 && depth < maxAliases)
      return this.#sizeOf(alias.type, span, depth + 1);
    const named = type.kind === "name" ? this.types.get(type.name) : undefined;
    const base = type.kind === "base" ? sizeOf({ kind: "primitive", name: type.name as never }) : undefined;
    const size = named === undefined ? base?.size : sizeOfNamed(named)?.size;
    const message = "`sizeof` is for built-in types, and structures of them, only";
    if (size !== undefined && !Number.isSafeInteger(size))
      this.reports.fail("out-of-range", span, "the type has more bytes than a number can say", "use a pointer in it");
    return size ?? this.reports.fail("unsupported", span, message, "write the number of bytes");
  }

  #named({ name, span }: { readonly name: string; readonly span: Span }): number {
    const value = this.constants.get(name) ?? truths.get(name);
    if (typeof value === "number") return value;
    if (typeof value === "string") this.reports.fail("not-constant", span, `\`${name}\` is a string, not a number`);
    this.reports.fail(
      "undefined-name",
      span,
      `the constant \`${name}\` is not defined`,
      (this.reports.isFull ? undefined : didYouMean(name, this.constants.keys())) ??
        `define it: \`const long ${name} = 1;\`, or import the file that does`,
    );
  }
}

/** A definition without its places. */
function textOf(definition: unknown): string {
  return JSON.stringify(definition, (key, value) => (key === "span" ? undefined : value));
}
