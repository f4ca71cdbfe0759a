// An operation of an interface to its model: parameters, result, and how often it may run.
import type { Definition, Member } from "./ast.js";
import { attribute, checkTogether, problemIn } from "./attributes.js";
import { derive, inferTags } from "./derive.js";
import { methodNameOf } from "./method-names.js";
import type { Model, OperationModel, ParamModel } from "./model.js";
import { limitSizes } from "./ranges.js";
import { checkReferences } from "./references.js";
import type { Reports } from "./reports.js";
import { checkFields } from "./resolve-body.js";
import { type Place, resolveType } from "./resolve-type.js";

/** Reports errors to `place.names.reports`. `opnum` is the number of the operation in its interface. */
export function operationModel(given: Definition & { kind: "operation" }, opnum: number, place: Place): OperationModel {
  const reports: Reports = place.names.reports;
  const { declarator, attributes, type } = given;
  checkTogether(attributes, reports);
  const params: ParamModel[] = [];
  for (const param of given.params) {
    const model = paramModel(param, place);
    if (model !== undefined) params.push(model);
  }
  checkFields(params, reports);
  const result = resolveType(
    type,
    { ...declarator },
    attributes.filter(({ name }) => name !== "string" || declarator.layers.length > 0),
    place,
    false,
  );
  const results = result.kind === "void" ? [] : [{ name: "the result", type: result, span: given.span, out: true }];
  inferTags([...params, ...results]);
  const siblings = { fields: params, written: [...given.params, given], what: "parameter" } as const;
  checkReferences([...params, ...results], siblings, reports);
  const has = (name: string) => attribute(attributes, name) !== undefined;
  const semantics = has("maybe") ? "maybe" : has("idempotent") || has("broadcast") ? "at-least-once" : "at-most-once";
  if (semantics === "maybe" && (result.kind !== "void" || params.some(({ out }) => out))) {
    reports.error("maybe-with-result", declarator.span, "a `maybe` operation has no reply, so it can return nothing");
  }
  return {
    name: declarator.name,
    method: methodNameOf(declarator.name),
    opnum,
    params: derive(limitSizes(params)),
    result: result.kind === "void" ? undefined : result,
    semantics,
    span: declarator.span,
    problem: problemIn(attributes),
  };
}

function paramModel({ attributes, type, declarator, span }: Member, place: Place): ParamModel | undefined {
  const reports: Reports = place.names.reports;
  if (type === undefined || declarator === undefined) return undefined;
  const model = resolveType(type, declarator, attributes, place, true);
  if (model.kind === "handle") return undefined;
  const isOut = attribute(attributes, "out") !== undefined;
  const isIn = attribute(attributes, "in") !== undefined || !isOut;
  if (model.kind === "pointer" && model.pointer !== "ref" && !isIn) {
    reports.error(
      "out-pointer",
      attribute(attributes, model.pointer)?.span ?? span,
      `the [out] parameter \`${declarator.name}\` cannot be null: the caller says where the result goes`,
      `write ** for a result that may be null, or remove \`${model.pointer}\``,
    );
  }
  const stripped = model.kind === "pointer" && (model.pointer === "ref" || !isIn) ? model.to : model;
  const isReference = ["pointer", "array", "string", "unsendable"].includes(model.kind) || declarator.layers.length > 0;
  if (isOut && !isReference)
    reports.error(
      "out-by-value",
      span,
      `the [out] parameter \`${declarator.name}\` must be a pointer or an array`,
      "write * before its name",
    );
  return { name: declarator.name, type: withoutReference(stripped), span, in: isIn, out: isOut };
}

/** A context handle behind a pointer is sent as the handle. */
function withoutReference(type: Model): Model {
  return type.kind === "pointer" && type.to.kind === "context_handle" ? type.to : type;
}
