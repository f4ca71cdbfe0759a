// Random syntax trees, as the parser could make them: names mean nothing, and constants need not have a value.

import type { PrimitiveType, Span } from "../model/model.js";
import type {
  BinaryOperator,
  Body,
  CaseSyntax,
  DefinitionSyntax,
  EnumBody,
  FieldSyntax,
  MemberSyntax,
  Name,
  ProcedureSyntax,
  StructBody,
  TypeSyntax,
  UnaryOperator,
  UnionBody,
  Value,
  VersionSyntax,
} from "./ast.js";
import type { Choose } from "./print.test-support.js";

const span: Span = { file: "", line: 0, column: 0, offset: 0, length: 0 };

const PRIMITIVES: readonly Omit<PrimitiveType, "kind">[] = [
  { name: "int" },
  { name: "int", width: 8, char: true },
  { name: "int", width: 16 },
  { name: "unsigned int" },
  { name: "unsigned int", width: 8, char: true },
  { name: "unsigned int", width: 16 },
  { name: "hyper" },
  { name: "unsigned hyper" },
  { name: "float" },
  { name: "double" },
  { name: "quadruple" },
  { name: "bool" },
];
const UNARY: readonly UnaryOperator[] = ["-", "+", "~"];
const BINARY: readonly BinaryOperator[] = ["|", "^", "&", "<<", ">>", "+", "-", "*", "/", "%"];
const WORDS: readonly string[] = ["a", "b_1", "Foo", "class", "constructor", "__proto__", "then", "array", "x", "_"];
const COMMENTS: readonly string[] = [
  "One line.",
  "Two\nlines.",
  'A list:\n- of #things\n\nand 100% "text"\n# define\n% too',
  "it's {",
];

export class SyntaxMaker {
  readonly #choose: Choose;
  #count = 0;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  file(): DefinitionSyntax[] {
    return Array.from({ length: 1 + this.#choose(5) }, () => this.#definition());
  }

  #definition(): DefinitionSyntax {
    const name = this.#name();
    const comment = this.#comment();
    switch (this.#choose(6)) {
      case 0:
        return { kind: "const", name, value: this.#value(), comment };
      case 1: {
        // A macro whose name occurs nowhere else, so that no text is replaced.
        const macro = { text: `MACRO_${this.#count++}`, span };
        const value: Value = { kind: "number", value: this.#number(), span };
        return { kind: "const", name: macro, value, comment: undefined, fromMacro: true };
      }
      case 2:
        return { kind: "typedef", name, type: this.#declared(2, false), comment };
      case 3:
        return this.#program(name, comment);
      default: {
        const body = this.#body(this.#choose(4) === 0 ? undefined : name, 3);
        return { kind: "body", name, body, comment };
      }
    }
  }

  #program(name: Name, comment: string | undefined): DefinitionSyntax {
    const versions = Array.from(
      { length: 1 + this.#choose(2) },
      (): VersionSyntax => ({
        name: this.#name(),
        number: this.#value(),
        procedures: Array.from({ length: 1 + this.#choose(3) }, () => this.#procedure()),
        comment: this.#comment(),
      }),
    );
    return { kind: "program", name, number: this.#value(), versions, comment };
  }

  #procedure(): ProcedureSyntax {
    const args = Array.from({ length: this.#choose(4) }, () => ({
      name: this.#choose(2) === 0 ? undefined : this.#name(),
      type: this.#unnamed(),
    }));
    const isVoid = this.#choose(4) === 0;
    const result: TypeSyntax = isVoid ? { kind: "primitive", name: "void", span } : this.#unnamed();
    return { name: this.#name(), number: this.#value(), args, result, comment: this.#comment(), span };
  }

  #unnamed(): TypeSyntax {
    const simple = this.#simple();
    switch (this.#choose(4)) {
      case 0:
        return { kind: "string", bound: this.#choose(2) === 0 ? undefined : this.#value(), span };
      case 1:
        return { kind: "optional", element: simple, span };
      default:
        return simple;
    }
  }

  #simple(): TypeSyntax {
    if (this.#choose(2) === 0) return { kind: "primitive", ...this.#pick(PRIMITIVES), span };
    const tag = this.#pick([undefined, undefined, "struct", "union", "enum"] as const);
    const name = `type_${this.#choose(5)}`;
    return tag === undefined ? { kind: "reference", name, span } : { kind: "reference", name, span, tag };
  }

  /** @param nestable whether the type may consist of a body in braces alone; in a typedef it may not. */
  #declared(depth: number, nestable = true): TypeSyntax {
    const element = depth > 0 && this.#choose(4) === 0 ? this.#body(this.#maybeName(), depth - 1) : this.#simple();
    const fixed = this.#choose(2) === 0;
    const bound = fixed || this.#choose(2) === 0 ? this.#value() : undefined;
    switch (this.#choose(6)) {
      case 0:
        return { kind: "opaque", fixed, bound, span };
      case 1:
        return { kind: "string", bound: this.#choose(2) === 0 ? undefined : this.#value(), span };
      case 2:
        return { kind: "array", fixed, bound, element, span };
      case 3:
        return { kind: "optional", element, span };
      default:
        return nestable ? element : this.#simple();
    }
  }

  #body(name: Name | undefined, depth: number): Body {
    switch (this.#choose(3)) {
      case 0: {
        const fields = Array.from({ length: 1 + this.#choose(4) }, () => this.#field(depth));
        return { kind: "struct", name, fields, span } satisfies StructBody;
      }
      case 1:
        return { kind: "enum", name, members: this.#members(), span } satisfies EnumBody;
      default:
        return this.#union(name, depth);
    }
  }

  #members(): MemberSyntax[] {
    return Array.from({ length: 1 + this.#choose(4) }, () => ({
      name: this.#name(),
      value: this.#choose(2) === 0 ? undefined : this.#value(),
      comment: this.#comment(),
    }));
  }

  #union(name: Name | undefined, depth: number): UnionBody {
    const arm = (): FieldSyntax | undefined => (this.#choose(3) === 0 ? undefined : this.#field(depth));
    const cases = Array.from(
      { length: 1 + this.#choose(3) },
      (): CaseSyntax => ({
        values: Array.from({ length: 1 + this.#choose(2) }, () => this.#value()),
        arm: arm(),
        comment: this.#comment(),
      }),
    );
    const byDefault = this.#choose(2) === 0 ? undefined : { arm: arm(), span };
    const discriminant = { name: this.#name(), type: this.#simple(), comment: undefined };
    return { kind: "union", name, discriminant, cases, default: byDefault, span };
  }

  #field(depth: number): FieldSyntax {
    return { name: this.#name(), type: this.#declared(depth), comment: this.#comment() };
  }

  #value(depth = 3): Value {
    switch (depth === 0 ? this.#choose(2) : this.#choose(6)) {
      case 2: {
        const operator = this.#pick(UNARY);
        const operand = this.#value(depth - 1);
        // The parser makes a minus sign part of the literal after it.
        if (operator === "-" && operand.kind === "number") return { ...operand, value: -operand.value };
        return { kind: "unary", operator, operand, span };
      }
      case 3: {
        const [left, right] = [this.#value(depth - 1), this.#value(depth - 1)];
        return { kind: "binary", operator: this.#pick(BINARY), left, right, span };
      }
      case 1:
        return { kind: "name", name: `CONSTANT_${this.#choose(5)}`, span };
      case 4:
        return { kind: "string", value: this.#pick(["", "text", 'a"b\\c', "\n\t\u0007\u00e9", "/* no */ // #"]), span };
      default:
        return { kind: "number", value: this.#number(), span };
    }
  }

  #number(): bigint {
    return this.#pick([0n, 1n, 8n, 39n, 65n, 92n, 1000n, 2n ** 32n - 1n, 2n ** 64n, 2n ** 127n, -1n, -128n]);
  }

  #comment(): string | undefined {
    return this.#choose(4) === 0 ? this.#pick(COMMENTS) : undefined;
  }

  #maybeName(): Name | undefined {
    return this.#choose(3) === 0 ? this.#name() : undefined;
  }

  #name(): Name {
    return { text: this.#choose(3) === 0 ? this.#pick(WORDS) : `name_${this.#count++}`, span };
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#choose(items.length)] as T;
  }
}
