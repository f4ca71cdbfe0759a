// The names in attributes such as size_is, and structures that are mentioned: each must be defined.
import type { Span } from "../idl/model/model.js";
import type { Expression, Member } from "./ast.js";
import { didYouMean } from "./cursor.js";
import { type Directed, namesIn, rulesOf } from "./derive.js";
import type { IdlModel, Model, NamedType } from "./model.js";
import type { Reports } from "./reports.js";

/** The fields of a structure or the parameters of an operation, which may name each other. */
export interface Siblings {
  readonly fields: readonly Directed[];
  /** As they are written, for the places of names. */
  readonly written: readonly Pick<Member, "attributes">[];
  readonly what: "field" | "parameter";
}

/** Reports names in size_is, length_is and switch_is that are not there, are no integers, or are not sent in time. */
export function checkReferences(
  users: readonly Directed[],
  { fields, written, what }: Siblings,
  reports: Reports,
): void {
  const seen = new Set<Span>();
  const byName = new Map(fields.map((field) => [field.name, field]));
  const places = placesOf(written);
  for (const user of users) {
    for (const { attribute, expression } of rulesOf(user.type)) {
      for (const name of namesIn(expression)) {
        const span = places.get(name) ?? user.span;
        if (seen.has(span)) continue;
        seen.add(span);
        const target = byName.get(name);
        if (target === undefined) {
          reports.error(
            "undefined-name",
            span,
            `\`${attribute}\` names no ${what} and no constant: there is no \`${name}\``,
            didYouMean(name, byName.keys()) ?? `name a ${what} beside it`,
          );
        } else if (!isInteger(target.type)) {
          reports.error(
            "wrong-type",
            span,
            `\`${attribute}\` needs an integer, and \`${name}\` is not one`,
            "declare it as long",
          );
        } else if (user.in === true && target.in !== true) {
          reports.error(
            "wrong-direction",
            span,
            `\`${user.name}\` is sent with the call, but \`${name}\`, which \`${attribute}\` needs, is [out] only`,
            `write [in, out] before \`${name}\``,
          );
        }
      }
    }
  }
}

function isInteger(type: Model): boolean {
  if (type.kind === "pointer") return isInteger(type.to);
  if (type.kind === "named") return type.type.body?.kind === "enum";
  return type.kind === "primitive" && type.name !== "float" && type.name !== "double";
}

const withNames = ["size_is", "max_is", "length_is", "switch_is"];

/** Where names are first written in the attributes. Those of typedefs are not there. */
function placesOf(written: Siblings["written"]): Map<string, Span> {
  const places = new Map<string, Span>();
  const add = (expression: Expression | undefined): void => {
    if (expression?.kind === "name" && !places.has(expression.name)) places.set(expression.name, expression.span);
    else if (expression?.kind === "binary") for (const one of [expression.left, expression.right]) add(one);
    else if (expression?.kind === "conditional")
      for (const one of [expression.condition, expression.then, expression.otherwise]) add(one);
  };
  for (const { name, values } of written.flatMap(({ attributes }) => attributes)) {
    if (withNames.includes(name)) for (const value of values) add(value);
  }
  return places;
}

/** Reports structures and unions that are used but defined nowhere. `reported` were reported at their use. */
export function checkDefined(
  { types, interfaces }: IdlModel,
  reported: ReadonlySet<NamedType>,
  reports: Reports,
): void {
  const seen = new Set<NamedType>(types.filter(({ body }) => body !== undefined));
  const visit = (type: Model | undefined): void => {
    if (type?.kind === "pointer") visit(type.to);
    else if (type?.kind === "array") visit(type.element);
    else if (type?.kind === "named" || type?.kind === "union") seen.add(type.type);
  };
  for (const { params, result } of interfaces.flatMap(({ operations }) => operations)) {
    for (const { type } of params) visit(type);
    visit(result);
  }
  // The set grows while it is walked.
  for (const type of seen) {
    const { body } = type;
    if (body === undefined && !reported.has(type)) {
      reports.error(
        "undefined-name",
        type.span,
        `\`${type.name}\` is used, but defined nowhere`,
        "define it, or import the file that does",
      );
    }
    if (body?.kind === "struct") for (const field of body.fields) visit(field.type);
    if (body?.kind === "union") for (const { field } of body.arms) visit(field?.type);
  }
}
