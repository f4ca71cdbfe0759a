// `@inout`: which argument is restored, and where its changed copy is in the result. Generated code and the dynamic
// interface take it from here; what cannot be restored is a warning.

import { nearest } from "../../base/nearest.js";
import type { RestoredArgument } from "../../xdr/copy-restore.js";
import { type Reporter, reportWarning } from "../findings/diagnostics.js";
import { composed, isComposed } from "./composed.js";
import type { Definition, Field, ProcedureDefinition, Type } from "./model.js";
import { behindTypedefs } from "./typedefs.js";

/** The most steps of the path to a copy in a result, such as `result.resok.buffer`. */
const DEEPEST = 3;

/** The arguments of a procedure that a client restores. */
export function restoredBy({
  inout = [],
  stream,
  ...procedure
}: Pick<ProcedureDefinition, "args" | "result" | "inout" | "stream">): RestoredArgument[] {
  if (stream) return [];
  return inout.flatMap((written) => {
    const found = planOf(written, procedure);
    return "argument" in found ? [found] : [];
  });
}

/** Warns of `@inout` that has no effect. @param definitions with the options of the mapping applied. */
export function checkRestored(definitions: readonly Definition[], reporter: Reporter): void {
  for (const definition of definitions) {
    if (definition.kind !== "program") continue;
    for (const procedure of definition.versions.flatMap(({ procedures }) => procedures)) {
      if (procedure.stream) continue;
      for (const written of procedure.inout ?? []) {
        const found = planOf(written, procedure);
        if ("argument" in found) continue;
        const message = `@inout ${written} has no effect: ${found.message}`;
        reportWarning(reporter, "misplaced-annotation", procedure.span, message, { hint: found.hint });
      }
    }
  }
}

interface Fault {
  readonly message: string;
  readonly hint: string;
}

type Signature = Pick<ProcedureDefinition, "args" | "result">;

function planOf(written: string, { args, result }: Signature): RestoredArgument | Fault {
  const found = argumentAt(written, args);
  if ("message" in found) return found;
  const { name, type, argument } = found;
  if (!isChangeable(type)) {
    const hint = "bytes, arrays, lists, structs and unions can be changed in place";
    return { message: `a value of the type of ${name} cannot be changed in place`, hint };
  }
  if (isSame(type, result)) return { argument, result: [] };
  const places = [...copiesIn(result, name, type, DEEPEST)];
  const [first, second] = places;
  if (first === undefined) {
    const hint = `the result needs a field ${name} of the same type, or that type itself`;
    return { message: `the result has no copy of ${name}`, hint };
  }
  if (second !== undefined) {
    const message = `the copy could be ${first.join(".")} or ${second.join(".")} of the result`;
    return { message, hint: "give the fields different names" };
  }
  return { argument, result: first };
}

interface Found {
  readonly name: string;
  readonly type: Type;
  readonly argument: readonly [number, ...string[]];
}

/** `buffer`, `args.buffer`, or `buffer` in the only argument. */
function argumentAt(written: string, args: Signature["args"]): Found | Fault {
  const [head = "", ...rest] = written.split(".");
  const index = args.findIndex(({ name }) => name === head);
  const [only, another] = args;
  const start = args[index];
  const isInside = start === undefined && only !== undefined && another === undefined;
  const first = start ?? (isInside ? only : undefined);
  if (first === undefined)
    return unknown(
      head,
      args.map(({ name }) => name),
      "argument",
    );
  let { name, type } = first;
  const argument: [number, ...string[]] = [isInside ? 0 : index];
  for (const step of isInside ? [head, ...rest] : rest) {
    const fields = fieldsOf(type);
    const field = fields.find((one) => declaredName(one) === step);
    if (field === undefined) {
      const names = isInside ? [only.name, ...fields.map(declaredName)] : fields.map(declaredName);
      return unknown(step, names, isInside ? "argument" : "field");
    }
    argument.push(field.name);
    ({ type } = field);
    name = step;
  }
  return { name, type, argument };
}

function unknown(name: string, known: readonly string[], what: "argument" | "field"): Fault {
  const near = nearest(name, known);
  const listed = known.length === 0 ? "it has none" : `it has ${known.slice(0, 8).join(", ")}`;
  return { message: `there is no ${what} ${name}`, hint: near === undefined ? listed : `did you mean \`${near}\`?` };
}

function declaredName({ name, declaredName: declared }: Field): string {
  return declared ?? name;
}

/** The type behind typedefs and pointers. */
function pointee(type: Type): Type {
  const behind = behindTypedefs(type);
  return isComposed(behind) && composed(behind).isNullable ? behindTypedefs(behind.element) : behind;
}

/** The fields of a struct and the arms of a union. */
function fieldsOf(type: Type): readonly Field[] {
  const found = pointee(type);
  if (found.kind !== "named") return [];
  const { definition } = found;
  if (definition.kind === "struct") return definition.fields;
  if (definition.kind !== "union") return [];
  const arms = [...definition.cases, ...(definition.default === undefined ? [] : [definition.default])];
  return [...new Set(arms.flatMap(({ arm }) => arm ?? []))];
}

function* copiesIn(result: Type, name: string, type: Type, depth: number): Generator<readonly string[]> {
  for (const field of fieldsOf(result)) {
    if (declaredName(field) === name && isSame(field.type, type)) yield [field.name];
    else if (depth > 1) for (const inside of copiesIn(field.type, name, type, depth - 1)) yield [field.name, ...inside];
  }
}

function isChangeable(type: Type): boolean {
  const found = pointee(type);
  switch (found.kind) {
    case "named":
      return found.definition.kind === "struct" || found.definition.kind === "union";
    case "array":
      return found.text === undefined;
    case "string":
      return found.as === "bytes";
    default:
      return found.kind === "opaque" || found.kind === "list";
  }
}

/** Whether values of both types are of one kind. Their bounds may differ. */
function isSame(one: Type, other: Type): boolean {
  const [a, b] = [pointee(one), pointee(other)];
  if (a.kind === "array" && b.kind === "array") return a.text === b.text && isSame(a.element, b.element);
  if (a.kind === "list" && b.kind === "list") return a.element === b.element;
  if (a.kind === "named" && b.kind === "named") return a.definition === b.definition;
  if (a.kind === "primitive" && b.kind === "primitive") return a.name === b.name && a.as === b.as;
  if (a.kind === "string" && b.kind === "string") return a.as === b.as;
  return a.kind === "opaque" && b.kind === "opaque";
}
