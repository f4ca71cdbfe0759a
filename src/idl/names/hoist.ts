// Moves types in braces out of declarations: they become definitions of their own, `Parent_field`, before the one that
// contains them.
import type { Body, DefinitionSyntax, FieldSyntax, TypeSyntax } from "../syntax/ast.js";
import { FreeNames, nameWithin } from "./free-names.js";

/** The definitions without nested types. */
export function hoist(definitions: readonly DefinitionSyntax[]): DefinitionSyntax[] {
  const out = new Hoisted(definitions);
  for (const definition of definitions) out.push(flatten(definition, out));
  return [...out.definitions];
}

/** The types that were hoisted so far, and the names that are in use. */
class Hoisted {
  readonly definitions: DefinitionSyntax[] = [];
  readonly #taken: Set<string>;
  readonly #free = new FreeNames((name) => this.#taken.has(name));

  constructor(definitions: readonly DefinitionSyntax[]) {
    this.#taken = new Set(definitions.map(({ name }) => name.text));
  }

  push(definition: DefinitionSyntax): void {
    this.definitions.push(definition);
  }

  nameFor(owner: string, field: string): string {
    const name = this.#free.near(nameWithin(owner, field));
    this.#taken.add(name);
    return name;
  }
}

function flatten(definition: DefinitionSyntax, out: Hoisted): DefinitionSyntax {
  const owner = definition.name.text;
  switch (definition.kind) {
    case "const":
      return definition;
    case "typedef":
      return { ...definition, type: flattenType(definition.type, owner, "element", out) };
    case "body":
      return { ...definition, body: flattenBody(definition.body, owner, out) };
    case "program":
      return {
        ...definition,
        versions: definition.versions.map((version) => ({
          ...version,
          procedures: version.procedures.map((procedure) => ({
            ...procedure,
            result: flattenType(procedure.result, procedure.name.text, "result", out),
            args: procedure.args.map(({ name, type }, i) => ({
              name,
              type: flattenType(type, procedure.name.text, name?.text ?? `arg${i + 1}`, out),
            })),
          })),
        })),
      };
  }
}

function flattenBody(body: Body, owner: string, out: Hoisted): Body {
  const field = (f: FieldSyntax): FieldSyntax => ({ ...f, type: flattenType(f.type, owner, f.name.text, out) });
  const arm = (f: FieldSyntax | undefined): FieldSyntax | undefined => (f === undefined ? undefined : field(f));
  switch (body.kind) {
    case "enum":
      return body;
    case "struct":
      return { ...body, fields: body.fields.map(field) };
    case "union":
      return {
        ...body,
        discriminant: field(body.discriminant),
        cases: body.cases.map((c) => ({ ...c, arm: arm(c.arm) })),
        default: body.default === undefined ? undefined : { ...body.default, arm: arm(body.default.arm) },
      };
  }
}

function flattenType(type: TypeSyntax, owner: string, field: string, out: Hoisted): TypeSyntax {
  if ("element" in type) return { ...type, element: flattenType(type.element, owner, field, out) };
  switch (type.kind) {
    case "struct":
    case "union":
    case "enum": {
      const name = type.name ?? { text: out.nameFor(owner, field), span: type.span };
      out.push({ kind: "body", name, body: flattenBody(type, name.text, out), comment: undefined });
      return { kind: "reference", name: name.text, span: type.span };
    }
    default:
      return type;
  }
}
