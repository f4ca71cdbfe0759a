// `@ref NODE`: an unsigned int that refers to a node of a table beside it. Finds the references, and the structs whose
// arrays are their tables, so that generated code and the dynamic interface have real references.
import { nearest } from "../../base/nearest.js";
import { type Reporter, reportError, reportWarning } from "../findings/diagnostics.js";
import { type Fix, replacing } from "../findings/fixes.js";
import type { Draft } from "../names/scope.js";
import { type Annotation, annotationsIn } from "../syntax/annotations.js";
import type { DefinitionSyntax, ProcedureSyntax, TypeSyntax } from "../syntax/ast.js";
import { composed, isComposed } from "./composed.js";
import type {
  Definition,
  Field,
  PrimitiveType,
  ProcedureDefinition,
  Span,
  StructDefinition,
  Type,
  TypeDefinition,
  TypedefDefinition,
  UnionDefinition,
} from "./model.js";
import { elementOf, isType, mapElement, nodeOf, partsOf, targetOf } from "./references.js";
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

function isPointer(type: Type): boolean {
  return isComposed(type) && composed(type).isNullable === true;
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
  return definition.kind === "struct" ? definition.fields.flatMap(({ type }) => tableOf(type) ?? []) : [];
}

/** The type of the elements of an array. */
function tableOf(type: Type): TypeDefinition | undefined {
  const array = behindTypedefs(type);
  if (!isComposed(array) || isPointer(array)) return undefined;
  const element = behindTypedefs(array.element);
  if (element.kind === "list") return element.element;
  return element.kind === "named" ? element.definition : undefined;
}

/** An interface whose tables are searched. */
export interface TableScope extends Pick<LinkedScope, "definitions" | "reporter"> {
  readonly syntax: readonly DefinitionSyntax[];
}

/** Sets `tables` of every struct in place, and reports references without a table. Names are as in TypeScript. */
export function findTables(scopes: readonly TableScope[]): void {
  const all = scopes.flatMap(({ definitions }) => definitions);
  if (!all.some((one) => isType(one) && referencesIn(one).length > 0)) return;
  const finder = new TableFinder();
  for (const { definitions, reporter } of scopes) {
    for (const one of definitions) if (one.kind === "struct") setTables(one, finder, reporter);
  }
  const graphs = all.filter((one) => one.kind === "struct" && one.tables !== undefined) as StructDefinition[];
  for (const { syntax, definitions, reporter } of scopes) {
    const written = new Map(proceduresIn(syntax).map((one) => [one.name.span.offset, one]));
    for (const procedure of proceduresOf(definitions)) {
      const { args = [], result } = written.get(procedure.span.offset) ?? {};
      const types = [...procedure.args.map((arg, i) => [arg.type, args[i]?.type] as const), [procedure.result, result]];
      for (const [type, place] of types as readonly (readonly [Type, TypeSyntax | undefined])[]) {
        for (const node of finder.neededBy([type])) {
          reportMissing(
            reporter,
            procedure,
            node,
            place?.kind === "reference" ? passing(place.span, node, graphs) : [],
          );
        }
      }
    }
  }
}

function proceduresIn(syntax: readonly DefinitionSyntax[]): ProcedureSyntax[] {
  return syntax.flatMap((one) => (one.kind === "program" ? one.versions.flatMap(({ procedures }) => procedures) : []));
}

function proceduresOf(definitions: readonly Definition[]): ProcedureDefinition[] {
  return definitions.flatMap((one) =>
    one.kind === "program" ? one.versions.flatMap(({ procedures }) => procedures) : [],
  );
}

/** Changes that pass a struct with the table in place of a type. */
function passing(span: Span, node: TypeDefinition, graphs: readonly StructDefinition[]): Fix[] {
  const fitting = graphs.filter(({ tables }) => tables?.some((table) => table.node === node));
  return fitting.map(({ name }) => replacing(span, name));
}

function setTables(definition: StructDefinition, finder: TableFinder, reporter: Reporter): void {
  const tables = finder.tables(definition);
  if (tables.length === 0) return;
  (definition as Draft<StructDefinition>).tables = tables;
  const nodes = new Set<TypeDefinition>();
  for (const { field, node } of tables) {
    if (nodes.has(node)) {
      const hint = "give the nodes of each table a type of their own";
      const message = `${definition.name} has two tables of ${node.name}: ${field} is the second`;
      reportError(reporter, "missing-table", definition.span, message, { hint });
    }
    nodes.add(node);
    if (node.kind === "struct" && node.link !== undefined) {
      const message = `${node.name} is a linked list, and a list has no identity that a reference could have`;
      const hint = `make ${node.link} a reference, too: \`/** @ref ${node.name} */ unsigned int ${node.link};\``;
      reportError(reporter, "missing-table", definition.span, message, { hint });
    }
  }
  const types = definition.fields.map(({ type }) => type);
  for (const node of finder.neededBy(types)) if (!nodes.has(node)) reportMissing(reporter, definition, node);
}

function reportMissing(
  reporter: Reporter,
  owner: { readonly name: string; readonly span: Span },
  node: TypeDefinition,
  fixes: readonly Fix[] = [],
): void {
  const message = `${owner.name} has references to ${node.name} without a table of ${node.name} beside them`;
  const hint = `they belong into a struct with the table: \`struct graph { ${node.name} nodes<>; ... };\``;
  reportError(reporter, "missing-table", owner.span, message, { hint, fixes });
}

/** The targets of references in a definition itself, not in the types that it names. */
function referencesIn(definition: TypeDefinition): TypeDefinition[] {
  return partsOf(definition).flatMap((type) => nodeOf(type) ?? []);
}

/** Finds the structs that have node tables. */
class TableFinder {
  readonly #tables = new Map<StructDefinition, NonNullable<StructDefinition["tables"]>>();

  /** The arrays of a struct that references within the struct lead to. */
  tables(struct: StructDefinition): NonNullable<StructDefinition["tables"]> {
    const known = this.#tables.get(struct);
    if (known !== undefined) return known;
    // A struct within itself, through a pointer, is no graph there.
    this.#tables.set(struct, []);
    const candidates = struct.fields.flatMap(({ name, type }) => {
      const node = tableOf(type);
      return node === undefined || node === struct ? [] : [{ field: name, node }];
    });
    const needed = candidates.length === 0 ? [] : this.neededBy(struct.fields.map(({ type }) => type));
    const tables = candidates.filter(({ node }) => needed.includes(node));
    this.#tables.set(struct, tables);
    return tables;
  }

  /** The nodes that references in these types lead to, without those of graphs within, which have tables of their own. */
  neededBy(types: readonly Type[]): TypeDefinition[] {
    const needed = new Set<TypeDefinition>();
    const seen = new Set<TypeDefinition>();
    const add = (type: Type): void => {
      const node = nodeOf(type);
      if (node !== undefined) needed.add(node);
      const target = targetOf(type);
      if (target === undefined || (target.kind === "struct" && this.tables(target).length > 0)) return;
      seen.add(target);
    };
    for (const type of types) add(type);
    for (const one of seen) for (const type of partsOf(one)) add(type);
    return [...needed];
  }
}
