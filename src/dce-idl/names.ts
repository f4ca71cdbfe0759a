// The names of a file and of those that it imports: constants, types, tags.

import { operate } from "../dce/ndr/expressions.js";
import type { Span } from "../idl/model/model.js";
import type { Attribute, Declarator, Expression, TypeSpec } from "./ast.js";
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

const truths: ReadonlyMap<string, number> = new Map([
  ["TRUE", 1],
  ["FALSE", 0],
]);

export class Names {
  readonly constants = new Map<string, number | string>();
  readonly aliases = new Map<string, Alias>();
  readonly types = new Map<string, NamedType>();
  readonly tags = new Map<string, NamedType>();
  /** The members of enums, which are constants too. */
  readonly #enumerators = new Set<string>();
  readonly #defined = new Map<string, Span>();
  readonly reports: Reports;

  constructor(reports: Reports) {
    this.reports = reports;
  }

  /** Reports a second definition of a name. */
  define(name: string, span: Span): void {
    const before = this.#defined.get(name);
    if (name === "__proto__") this.reports.error("reserved-name", span, "this name cannot be used in JavaScript");
    if (before === undefined) this.#defined.set(name, span);
    else if (before.file !== span.file || before.offset !== span.offset) {
      this.reports.error("duplicate-name", span, `\`${name}\` is already defined in ${before.file}:${before.line}`);
    }
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
    }
  }

  #named({ name, span }: { readonly name: string; readonly span: Span }): number {
    const value = this.constants.get(name) ?? truths.get(name);
    if (typeof value === "number") return value;
    if (typeof value === "string") this.reports.fail("not-constant", span, `\`${name}\` is a string, not a number`);
    this.reports.fail(
      "undefined-name",
      span,
      `the constant \`${name}\` is not defined`,
      didYouMean(name, this.constants.keys()),
    );
  }
}
