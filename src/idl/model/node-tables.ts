// The structs that have the tables of `@ref` references: the arrays whose elements are their nodes.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import { type Fix, replacing } from "../findings/fixes.js";
import type { Draft } from "../names/scope.js";
import type { DefinitionSyntax, ProcedureSyntax, TypeSyntax } from "../syntax/ast.js";
import { composed, isComposed } from "./composed.js";
import type { Definition, ProcedureDefinition, Span, StructDefinition, Type, TypeDefinition } from "./model.js";
import { isType, nodeOf, partsOf, targetOf } from "./references.js";
import { behindTypedefs } from "./typedefs.js";

/** An interface whose tables are searched. */
export interface TableScope {
  /** Its own definitions. */
  readonly definitions: readonly Definition[];
  readonly reporter: Reporter;
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
      // One error for a node, with the changes for all places.
      const missing = new Map<TypeDefinition, Fix[]>();
      for (const [type, place] of types as readonly (readonly [Type, TypeSyntax | undefined])[]) {
        for (const node of finder.neededBy([type])) {
          const fixes = place?.kind === "reference" ? passing(place.span, node, graphs) : [];
          missing.set(node, [...(missing.get(node) ?? []), ...fixes]);
        }
      }
      for (const [node, fixes] of missing) reportMissing(reporter, procedure, node, fixes);
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
    // Set before the search: where the struct contains itself, through a pointer, the inner one does not count as a graph.
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

/** The type of the elements of an array. */
export function tableOf(type: Type): TypeDefinition | undefined {
  const array = behindTypedefs(type);
  if (!isComposed(array) || isPointer(array)) return undefined;
  const element = behindTypedefs(array.element);
  if (element.kind === "list") return element.element;
  return element.kind === "named" ? element.definition : undefined;
}

/** A pointer, or an element that may be absent. */
export function isPointer(type: Type): boolean {
  return isComposed(type) && composed(type).isNullable === true;
}
