// Writes a syntax tree down as a file: for the property that reading it gives the same tree. Where the language has
// several spellings of one thing, `choose` takes one of them.

import { primitiveName } from "../model/typedefs.js";
import type { Body, CaseSyntax, DefinitionSyntax, FieldSyntax, ProcedureSyntax, TypeSyntax, Value } from "./ast.js";

/** A number from 0 up to `limit`, which it never reaches. */
export type Choose = (limit: number) => number;

/** The text of a file. */
export function printSyntax(definitions: readonly DefinitionSyntax[], choose: Choose): string {
  return new Printer(choose).file(definitions);
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  "|": 1,
  "^": 2,
  "&": 3,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  int: ["int", "long", "long int"],
  short: ["short", "short int"],
  "unsigned int": ["unsigned int", "unsigned", "unsigned long"],
  "unsigned short": ["unsigned short", "unsigned short int"],
  hyper: ["hyper", "long long", "hyper int", "long long int"],
  "unsigned hyper": ["unsigned hyper", "unsigned long long", "unsigned hyper int"],
};

class Printer {
  readonly #choose: Choose;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  file(definitions: readonly DefinitionSyntax[]): string {
    const texts = definitions.map((definition) => this.#definition(definition));
    // Macros are read by line: those in a namespace come before it.
    const isMacro = (one: DefinitionSyntax): boolean => one.kind === "const" && one.fromMacro === true;
    const inNamespace = !definitions.some(isMacro) && this.#choose(5) === 0;
    const lines = inNamespace ? ["namespace some::where {", ...texts, "}"] : texts;
    const lineEnd = this.#pick("\n", "\n", "\r\n");
    return `${this.#choose(9) === 0 ? "\ufeff" : ""}${lines.join("\n")}\n`.replaceAll("\n", lineEnd);
  }

  #definition(definition: DefinitionSyntax): string {
    const { name, comment } = definition;
    switch (definition.kind) {
      case "const":
        if (definition.fromMacro) return `#define ${name.text} ${this.#operand(definition.value)}`;
        return `${this.#above(comment)}const ${name.text} = ${this.#value(definition.value)};`;
      case "typedef":
        return `${this.#above(comment)}typedef ${this.#declaration(name.text, definition.type)};`;
      case "body": {
        if (definition.body.name === undefined) {
          return `${this.#above(comment)}typedef ${this.#body(definition.body)} ${name.text};`;
        }
        const variable = this.#pick("", "", " ignored");
        return `${this.#above(comment)}${this.#body(definition.body)}${variable};`;
      }
      case "program": {
        const versions = definition.versions.map(
          (version) =>
            `${this.#above(version.comment)} ${this.#pick("version", "VERSION")} ${version.name.text} {\n${version.procedures
              .map((procedure) => this.#procedure(procedure))
              .join("\n")}\n } = ${this.#value(version.number)};`,
        );
        const word = this.#pick("program", "PROGRAM");
        return `${this.#above(comment)}${word} ${name.text} {\n${versions.join("\n")}\n} = ${this.#value(definition.number)};`;
      }
    }
  }

  #procedure({ name, number, args, result, comment }: ProcedureSyntax): string {
    const list = args.map((arg) => `${this.#type(arg.type)}${arg.name === undefined ? "" : ` ${arg.name.text}`}`);
    const between = args.length === 0 ? this.#pick("", "void") : list.join(", ");
    return `${this.#above(comment)}  ${this.#type(result)} ${name.text}(${between}) = ${this.#value(number)};`;
  }

  /** A type without a name, as in arguments: a length is written directly after the word `string`. */
  #type(type: TypeSyntax): string {
    if (type.kind === "string") return type.bound === undefined ? "string" : `string<${this.#angled(type.bound)}>`;
    if (type.kind === "optional") return `${this.#type(type.element)} *`;
    return this.#specifier(type);
  }

  #declaration(name: string, type: TypeSyntax): string {
    switch (type.kind) {
      case "opaque":
        return `opaque ${name}${this.#bound(type.fixed, type.bound)}`;
      case "string":
        if (type.bound === undefined) return `string ${name}${this.#pick("", "<>", "< >")}`;
        return `string ${name}${this.#bound(false, type.bound)}`;
      case "array":
        return `${this.#specifier(type.element)} ${name}${this.#bound(type.fixed, type.bound)}`;
      case "optional":
        return `${this.#specifier(type.element)}${this.#pick(" *", "* ", " * ")}${name}`;
      default:
        return `${this.#specifier(type)} ${name}`;
    }
  }

  #specifier(type: TypeSyntax): string {
    switch (type.kind) {
      case "primitive":
        return this.#pick(...(SPELLINGS[primitiveName(type)] ?? [primitiveName(type)]));
      case "reference":
        return `${type.tag === undefined ? "" : `${type.tag} `}${this.#pick("", "", "some::", "some::where::")}${type.name}`;
      case "string":
      case "opaque":
        return type.kind;
      case "array":
      case "optional":
        throw new Error(`no ${type.kind} stands before a name`);
      default:
        return this.#body(type);
    }
  }

  #body(body: Body): string {
    const name = body.name === undefined ? "" : ` ${body.name.text}`;
    switch (body.kind) {
      case "struct":
        return `struct${name} {\n${body.fields.map((field) => this.#field(field)).join("\n")}\n }`;
      case "enum": {
        const members = body.members.map(
          (member) =>
            `${this.#above(member.comment)}  ${member.name.text}${member.value === undefined ? "" : ` = ${this.#value(member.value)}`}`,
        );
        return `enum${name} {\n${members.join(",\n")}${this.#pick("", ",")}\n }`;
      }
      case "union": {
        const { discriminant, cases } = body;
        const arms = cases.map((one) => this.#case(one));
        if (body.default !== undefined) {
          arms.splice(this.#choose(arms.length + 1), 0, `  default:\n${this.#arm(body.default.arm)}`);
        }
        const head = this.#declaration(discriminant.name.text, discriminant.type);
        return `union${name} switch (${head}) {\n${arms.join("\n")}\n }`;
      }
    }
  }

  #field(field: FieldSyntax): string {
    return `${this.#above(field.comment)}  ${this.#declaration(field.name.text, field.type)};`;
  }

  #case({ values, arm, comment }: CaseSyntax): string {
    const labels = values.map((value) => `  case ${this.#value(value)}:`);
    return `${this.#above(comment)}${labels.join(this.#pick("\n", " "))}\n${this.#arm(arm)}`;
  }

  #arm(arm: FieldSyntax | undefined): string {
    return arm === undefined ? this.#pick("  void;", "  ;") : this.#field(arm);
  }

  #bound(fixed: boolean, bound: Value | undefined): string {
    if (fixed) return `[${bound === undefined ? "" : this.#value(bound)}]`;
    return `<${bound === undefined ? "" : this.#angled(bound)}>`;
  }

  /** An expression that is ended by `>`: one that contains a `>` itself is put in parentheses. */
  #angled(value: Value): string {
    const text = this.#value(value);
    return text.includes(">") ? `(${text})` : text;
  }

  #value(value: Value): string {
    switch (value.kind) {
      case "number":
        return this.#number(value.value);
      case "string":
        return `"${[...value.value].map((character) => this.#escaped(character)).join("")}"`;
      case "name":
        return `${this.#pick("", "", "some::")}${value.name}`;
      case "unary":
        return `${value.operator}${this.#pick("", " ")}${this.#operand(value.operand)}`;
      case "binary": {
        const own = PRECEDENCE[value.operator] ?? 0;
        const strength = (side: Value): number => (side.kind === "binary" ? (PRECEDENCE[side.operator] ?? 0) : 9);
        const [left, right] = [this.#value(value.left), this.#value(value.right)];
        const spaced = this.#choose(3) > 0 || /[-+&<>]/.test(value.operator) ? ` ${value.operator} ` : value.operator;
        return `${strength(value.left) < own ? `(${left})` : left}${spaced}${strength(value.right) <= own ? `(${right})` : right}`;
      }
    }
  }

  /** A value that needs no parentheses, or one in them. */
  #operand(value: Value): string {
    const plain = (value.kind === "number" && value.value >= 0n) || value.kind === "name" || value.kind === "string";
    return plain && this.#choose(4) > 0 ? this.#value(value) : `(${this.#value(value)})`;
  }

  #number(value: bigint): string {
    if (value < 0n) return `-${this.#pick("", " ")}${this.#number(-value)}`;
    if (value > 32n && value < 127n && this.#choose(6) === 0) {
      const character = String.fromCharCode(Number(value));
      return `'${character === "'" || character === "\\" ? "\\" : ""}${character}'`;
    }
    const suffix = this.#pick("", "", "", "u", "UL", "ll");
    switch (this.#choose(4)) {
      case 0:
        return `0x${this.#pick(value.toString(16), value.toString(16).toUpperCase())}${suffix}`;
      case 1:
        return `0${value === 0n ? "" : value.toString(8)}${suffix}`;
      case 2:
        return value.toString().replaceAll(/\B(?=(\d{3})+$)/g, this.#pick("", "'")) + suffix;
      default:
        return `${value}${suffix}`;
    }
  }

  #escaped(character: string): string {
    const code = character.charCodeAt(0);
    const named = { "\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\" }[character];
    if (named !== undefined) return named;
    if (code < 32) return `\\${code.toString(8).padStart(3, "0")}`;
    return code > 126 && code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  }

  /** Writes a comment on its own lines above the following text, which starts a new line. */
  #above(comment: string | undefined): string {
    if (comment === undefined)
      return this.#pick("", "", "", "\n", "// of nobody\n\n", "/* of nobody */\n\n", "%ignored();\n");
    const lines = comment.split("\n");
    switch (this.#choose(3)) {
      case 0:
        return `/* ${lines.join("\n")} */\n`;
      case 1:
        return `${lines.map((line) => ` // ${line}`).join("\n")}\n`;
      default:
        return `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */\n`;
    }
  }

  #pick(...items: readonly string[]): string {
    return items[this.#choose(items.length)] ?? "";
  }
}
