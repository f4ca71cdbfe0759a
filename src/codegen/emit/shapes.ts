// The shape each codec carries, as an object literal. Parts that have a codec of their own are named: those of later
// definitions by a function.
import type {
  Bound,
  CharEncoding,
  Definition,
  Field,
  PrimitiveType,
  StructDefinition,
  Type,
  TypeDefinition,
  UnionDefinition,
} from "../../idl/model/model.js";
import { boundText } from "./bounds.js";
import type { Scope } from "./scope.js";
import { array, type Layout, object, prefixed } from "./text.js";

/** A shape, and whether other constants of the file are in it. */
export interface ShapeText {
  readonly layout: Layout;
  readonly namesOthers: boolean;
}

/** The shape of a type where it is used. */
export function typeShape(scope: Scope, user: Definition, type: Type): ShapeText {
  return written(scope, user, (writer) => writer.ofType(type));
}

/** The shape of a definition's own codec. */
export function definitionShape(scope: Scope, definition: TypeDefinition): ShapeText {
  return written(scope, definition, (writer) => writer.ofDefinition(definition));
}

/** The shape of a linked list of `definition`. */
export function listShape(scope: Scope, definition: StructDefinition, optional: boolean): ShapeText {
  return written(scope, definition, (writer) => writer.ofList(definition, optional));
}

function written(scope: Scope, user: Definition, write: (writer: ShapeWriter) => Layout): ShapeText {
  const writer = new ShapeWriter(scope, user);
  const layout = write(writer);
  return { layout, namesOthers: writer.namesOthers };
}

class ShapeWriter {
  namesOthers = false;
  readonly #scope: Scope;
  readonly #user: Definition;

  constructor(scope: Scope, user: Definition) {
    this.#scope = scope;
    this.#user = user;
  }

  ofType(type: Type): Layout {
    switch (type.kind) {
      case "primitive":
        return object([kind(type.name), ...as(type.as), ...integer(type)]);
      case "opaque": {
        const items = [kind("opaque"), `fixed: ${type.fixed}`, `length: ${this.#bound(type.bound)}`];
        return object(type.borrowed ? [...items, "borrowed: true"] : items);
      }
      case "string":
        return object([kind("string"), `length: ${this.#bound(type.bound)}`, ...as(type.as)]);
      case "array": {
        const element = prefixed("element: ", this.ofType(type.element));
        const items: Layout[] = [kind("array"), `fixed: ${type.fixed}`, `length: ${this.#bound(type.bound)}`, element];
        if (type.text !== undefined) items.push(text(type.text));
        return object(type.typed ? [...items, "typed: true"] : items);
      }
      case "optional":
        return object([kind("optional"), prefixed("element: ", this.ofType(type.element))]);
      case "list": {
        const codec = type.optional ? this.#scope.listCodecOf(type.element) : this.#scope.codecOf(type.element);
        return this.#refer(type.element, codec);
      }
      case "named":
        return this.#refer(type.definition, this.#scope.codecOf(type.definition));
    }
  }

  ofDefinition(definition: TypeDefinition): Layout {
    switch (definition.kind) {
      case "enum": {
        const members = definition.members.map(({ name, value }) => `[${JSON.stringify(name)}, ${value}]`);
        const items = [kind("enum"), name(definition), prefixed("members: ", array(members))];
        return object(definition.open ? [...items, "open: true"] : items);
      }
      case "struct":
        return object([
          kind("struct"),
          name(definition),
          prefixed("fields: ", array(definition.fields.map((field) => this.#field(field)))),
        ]);
      case "union":
        return this.#union(definition);
      case "typedef":
        return this.ofType(definition.type);
    }
  }

  ofList(definition: StructDefinition, optional: boolean): Layout {
    return object([kind("list"), `optional: ${optional}`, prefixed("element: ", this.ofDefinition(definition))]);
  }

  #refer(definition: TypeDefinition, codec: string): Layout {
    this.namesOthers = true;
    if (this.#scope.isBefore(definition, this.#user)) return `${codec}.shape`;
    return object([kind("reference"), name(definition), `shape: () => ${codec}.shape`]);
  }

  #union(definition: UnionDefinition): Layout {
    const cases = definition.cases.map(({ values, arm }) => {
      const list = values.map(({ value }) =>
        definition.discriminantKind === "bool" ? String(value !== 0) : String(value),
      );
      return object([prefixed("values: ", array(list)), ...this.#arm(arm)]);
    });
    const items: Layout[] = [
      kind("union"),
      name(definition),
      prefixed("discriminant: ", this.#field(definition.discriminant)),
      prefixed("cases: ", array(cases)),
    ];
    if (definition.default !== undefined) items.push(prefixed("default: ", object(this.#arm(definition.default.arm))));
    return object(items);
  }

  #arm(arm: Field | undefined): Layout[] {
    return arm === undefined ? [] : [prefixed("arm: ", this.#field(arm))];
  }

  #field(field: Field): Layout {
    return object([`name: ${JSON.stringify(field.name)}`, prefixed("type: ", this.ofType(field.type))]);
  }

  #bound(bound: Bound): string {
    const text = boundText(this.#scope, bound, this.#user);
    if (!/^\d/.test(text)) this.namesOthers = true;
    return text;
  }
}

function as(value: "number" | "bytes" | "latin1" | undefined): string[] {
  return value === undefined ? [] : [`as: ${JSON.stringify(value)}`];
}

function integer(type: PrimitiveType): string[] {
  if (type.width === undefined) return [];
  const items = [`width: ${type.width}`];
  if (type.strict) items.push("strict: true");
  if (type.text !== undefined) items.push(text(type.text));
  return items;
}

function text(encoding: CharEncoding): string {
  return `text: ${JSON.stringify(encoding)}`;
}

function kind(value: string): string {
  return `kind: ${JSON.stringify(value)}`;
}

function name(definition: TypeDefinition): string {
  return `name: ${JSON.stringify(definition.name)}`;
}
