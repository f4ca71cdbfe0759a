// `@ref NODE`: an unsigned int that refers to a node of a table beside it (node-tables.ts). Gives these numbers the type of a
// reference, so that generated code and the dynamic interface have real references.
import { nearest } from "../../base/nearest.js";
import { type Reporter, reportWarning } from "../findings/diagnostics.js";
import type { Draft } from "../names/scope.js";
import { type Annotation, annotationsIn } from "../syntax/annotations.js";
import type {
  Definition,
  Field,
  PrimitiveType,
  Span,
  StructDefinition,
  Type,
  TypeDefinition,
  TypedefDefinition,
  UnionDefinition,
} from "./model.js";
import { isPointer, tableOf } from "./node-tables.js";
import { elementOf, mapElement, nodeOf } from "./references.js";
import { behindTypedefs, MAX_TYPEDEF_DEPTH } from "./typedefs.js";

/** An interface whose references are linked. */
export interface LinkedScope {
  /** Its own definitions. */
  readonly definitions: readonly Definition[];
  /** All types that it can name. */
  readonly types: ReadonlyMap<string, TypeDefinition>;
  readonly reporter: Reporter;
}

/** Gives a type to every unsigned int that is marked with `@ref`, in place. Names are as declared. */
export function linkReferences(scopes: readonly LinkedScope[]): void {
  const marked = scopes.filter(({ definitions }) => definitions.some(mentionsReference));
  if (marked.length === 0) return;
  const tabled = new Set(scopes.flatMap(({ definitions }) => definitions.flatMap(elementsOfTables)));
  for (const { definitions, types, reporter } of marked) {
    const link = (type: Type, comment: string | undefined, span: Span): Type =>
      linked(type, comment, { span, types, tabled, reporter });
    const typedefs = definitions.filter(({ kind }) => kind === "typedef");
    for (const definition of typedefs) linkDefinition(definition, link);
    for (const definition of definitions) if (definition.kind !== "typedef") linkDefinition(definition, link);
  }
}

function mentionsReference(definition: Definition): boolean {
  switch (definition.kind) {
    case "typedef":
      return referenceIn(definition.comment) !== undefined;
    case "struct":
      return definition.fields.some(({ comment }) => referenceIn(comment) !== undefined);
    case "union":
      return [...definition.cases, definition.default ?? { arm: undefined }].some(
        ({ arm, ...one }) => referenceIn(arm?.comment, "comment" in one ? one.comment : undefined) !== undefined,
      );
    default:
      return false;
  }
}

/** The annotation `@ref NODE` in one of the comments. */
function referenceIn(...comments: readonly (string | undefined)[]): Annotation | undefined {
  const found = comments.flatMap((comment) => annotationsIn(comment ?? ""));
  return found.find(({ name, argument }) => name === "ref" && argument !== "");
}

type Link = (type: Type, comment: string | undefined, span: Span) => Type;

function linkDefinition(definition: Definition, link: Link): void {
  const linkField = (field: Field, comment: string | undefined): Field => {
    const type = link(field.type, comment, field.span);
    return type === field.type ? field : { ...field, type };
  };
  if (definition.kind === "typedef") {
    const draft: Draft<TypedefDefinition> = definition;
    draft.type = link(definition.type, definition.comment, definition.span);
  } else if (definition.kind === "struct") {
    const draft: Draft<StructDefinition> = definition;
    const comments = ownComments(definition.fields);
    draft.fields = definition.fields.map((field, i) => linkField(field, comments[i]));
  } else if (definition.kind === "union") linkArms(definition, linkField);
}

/**
 * The comment of each field. In `int a; /* @ref node *\/ unsigned int b;` on one line the comment is behind a, and is meant for
 * b, as every later comment of the line is for the field that follows.
 */
function ownComments(fields: readonly Field[]): (string | undefined)[] {
  let before: string | undefined;
  return fields.map(({ span, comment, type }, i) => {
    const next = fields[i + 1];
    const isBeforeNext = next?.span.line === span.line && next.span.file === span.file;
    const isMoved = isBeforeNext && referenceIn(comment) !== undefined && (before !== undefined || !isFree(type));
    const own = before ?? (isMoved ? undefined : comment);
    before = isMoved ? comment : undefined;
    return own;
  });
}

/** Whether a type is a number that refers to nothing yet. */
function isFree(type: Type): boolean {
  return isNumber(type) && insides(type).every((one) => nodeOf(one) === undefined);
}

/** An arm that belongs to several cases stays one object. */
function linkArms(definition: UnionDefinition, linkField: (field: Field, comment: string | undefined) => Field): void {
  const known = new Map<Field, Field>();
  const once = (arm: Field | undefined, comment?: string): Field | undefined => {
    if (arm === undefined) return undefined;
    const changed = known.get(arm) ?? linkField(arm, arm.comment ?? comment);
    known.set(arm, changed);
    return changed;
  };
  const draft: Draft<UnionDefinition> = definition;
  draft.cases = definition.cases.map((one) => ({ ...one, arm: once(one.arm, one.comment) }));
  if (definition.default !== undefined) draft.default = { ...definition.default, arm: once(definition.default.arm) };
}

interface Place {
  readonly span: Span;
  readonly types: LinkedScope["types"];
  /** Types that are elements of an array in a struct. */
  readonly tabled: ReadonlySet<TypeDefinition>;
  readonly reporter: Reporter;
}

function linked(type: Type, comment: string | undefined, place: Place): Type {
  const annotation = referenceIn(comment);
  if (annotation === undefined) return type;
  const name = nodeName(annotation);
  const node = place.types.get(name);
  const fault = faultOf(type, name, node, place);
  if (fault === undefined && node !== undefined) return referTo(type, definitionOf(node));
  if (fault !== undefined) {
    reportWarning(place.reporter, "misplaced-annotation", place.span, `@ref ${name} has no effect: ${fault.message}`, {
      hint: fault.hint,
    });
  }
  return type;
}

/** The first word; `struct` before the name is allowed. */
function nodeName({ argument }: Annotation): string {
  const [first = "", second] = argument.split(/\s+/);
  return (first === "struct" || first === "union") && second !== undefined ? second : first;
}

interface Fault {
  readonly message: string;
  readonly hint: string;
}

function faultOf(type: Type, name: string, node: TypeDefinition | undefined, place: Place): Fault | undefined {
  if (!isNumber(type)) {
    return { message: "this is not an unsigned int", hint: "a reference is an unsigned int: the number of a node" };
  }
  if (insides(type).some(isPointer)) {
    return { message: "a pointer to a reference is ambiguous: a reference can be null itself", hint: "remove the `*`" };
  }
  if (node === undefined) {
    const near = nearest(name, place.types.keys());
    const hint = near === undefined ? "name the struct of the nodes" : `did you mean \`${near}\`?`;
    return { message: `there is no type ${name}`, hint };
  }
  const found = definitionOf(node);
  if ((found.kind !== "struct" && found.kind !== "union") || (found.kind === "struct" && found.byHand)) {
    return { message: `a node is a struct or a union, and ${name} is not`, hint: "name the struct of the nodes" };
  }
  if (place.tabled.has(found)) return undefined;
  return {
    message: `no struct has a table of ${name}`,
    hint: `write a struct with the table and the references to its nodes: \`struct graph { ${name} nodes<>; ... };\``,
  };
}

/** The type behind typedefs, then that inside the array or pointer, and so on. A cycle, an error, has an end, too. */
function insides(type: Type): Type[] {
  const found = [behindTypedefs(type)];
  for (const one of found) {
    const element = elementOf(one);
    if (element !== undefined && found.length < MAX_TYPEDEF_DEPTH) found.push(behindTypedefs(element));
  }
  return found;
}

/** Whether a type is an unsigned int, or made of it. */
function isNumber(type: Type): boolean {
  const last = insides(type).at(-1);
  return last !== undefined && isPlainNumber(last);
}

function isPlainNumber(type: Type): type is PrimitiveType {
  return type.kind === "primitive" && type.name === "unsigned int" && type.width === undefined;
}

function definitionOf(definition: TypeDefinition): TypeDefinition {
  const behind = behindTypedefs({ kind: "named", definition });
  return behind.kind === "named" ? behind.definition : definition;
}

function referTo(type: Type, ref: TypeDefinition): Type {
  const behind = behindTypedefs(type);
  return isPlainNumber(behind) ? { ...behind, ref } : mapElement(behind, (element) => referTo(element, ref));
}

/** The structs and unions that are elements of a struct's arrays. */
function elementsOfTables(definition: Definition): TypeDefinition[] {
  if (definition.kind !== "struct") return [];
  // An array of the struct itself is no table: its nodes would have tables of their own.
  return definition.fields.flatMap(({ type }) => tableOf(type) ?? []).filter((node) => node !== definition);
}
