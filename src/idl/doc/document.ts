// The page of an interface: programs first, then types with their layout on the wire, then constants.

import { restoredBy } from "../model/copy-restore.js";
import type {
  Definition,
  EnumDefinition,
  Field,
  InterfaceModule,
  ProcedureDefinition,
  ProgramDefinition,
  StructDefinition,
  Type,
  TypeDefinition,
  UnionDefinition,
  VersionDefinition,
} from "../model/model.js";
import { isType, nodeOf } from "../model/references.js";
import { lengthText, typePieces } from "../model/type-text.js";
import { withoutAnnotations } from "../syntax/annotations.js";
import { anchorOf, type Block, type Inline } from "./page.js";
import { type Known, sizeText, wireSize } from "./size.js";

/** Options of `documentInterface`. */
export interface DocumentOptions {
  /** The heading: the file's name. */
  readonly title: string;
  /** The comment about the file as a whole, at its beginning. Default: none. */
  readonly preamble?: string | undefined;
  /** Pages about other interfaces, by file, relative to this page. Default: none. */
  readonly pages?: ReadonlyMap<string, string>;
  /** The page that lists all interfaces. Default: no link. */
  readonly index?: string;
}

interface Context {
  readonly known: Known;
  /** The link to a type's section; undefined if no page has it. */
  readonly linkOf: (definition: TypeDefinition) => string | undefined;
}

/** The page about an interface. */
export function documentBlocks({ definitions }: InterfaceModule, options: DocumentOptions): Block[] {
  const { title, preamble, index } = options;
  const programs = definitions.filter((one) => one.kind === "program");
  const types = definitions.filter(isType);
  const context = { known: new Map(), linkOf: linksTo(types, options) };
  const blocks: Block[] =
    index === undefined ? [] : [{ kind: "paragraph", text: [{ link: index, text: "All interfaces" }] }];
  blocks.push({ kind: "heading", level: 1, text: title }, ...comment(preamble), ...contents(definitions));
  for (const program of programs) blocks.push(...aboutProgram(program, context));
  if (types.length > 0) blocks.push({ kind: "heading", level: 2, text: "Types", anchor: "types" });
  for (const type of types) blocks.push(...aboutType(type, context));
  return [...blocks, ...constants(definitions)];
}

function linksTo(own: readonly TypeDefinition[], { pages }: DocumentOptions): Context["linkOf"] {
  const here = new Set(own);
  return (definition) => {
    const anchor = `#${anchorOf("type", definition.name)}`;
    if (here.has(definition)) return anchor;
    const page = pages?.get(definition.span.file);
    return page === undefined ? undefined : page + anchor;
  };
}

/** One interface on the page that lists several. */
export interface Listed {
  /** The text of the link. */
  readonly title: string;
  /** Where the interface's own page is, relative to the index. */
  readonly href: string;
  /** The compiled interface. */
  readonly module: InterfaceModule;
  /** The file's opening comment, from `preambleOf`. Its first line is the description. */
  readonly preamble: string | undefined;
}

/** The page that lists interfaces, each with its programs. */
export function indexBlocks(title: string, listed: readonly Listed[]): Block[] {
  const rows = listed.map(({ title: name, href, module, preamble }): Inline[][] => {
    const programs = module.definitions.filter((one) => one.kind === "program");
    const links = programs.flatMap((one, index): Inline[] => [
      ...(index === 0 ? [] : [", "]),
      { link: `${href}#${anchorOf("program", one.name)}`, code: one.name },
    ]);
    const types = module.definitions.filter(isType).length;
    return [[{ link: href, text: name }], links, [`${types}`], [firstLine(preamble)]];
  });
  return [
    { kind: "heading", level: 1, text: title },
    { kind: "table", label: "Interfaces", head: ["Interface", "Programs", "Types", "Description"], rows },
  ];
}

function firstLine(text: string | undefined): string {
  return text?.split("\n").find((line) => line.trim() !== "") ?? "";
}

function contents(definitions: readonly Definition[]): Block[] {
  const items = definitions
    .filter((one) => one.kind === "program" || isType(one))
    .map((one): Inline[] => {
      const kind = one.kind === "program" ? "program" : "type";
      return [{ link: `#${anchorOf(kind, one.name)}`, code: one.name }, ` (${one.kind})`];
    });
  if (definitions.some(({ kind }) => kind === "const")) items.push([{ link: "#constants", text: "Constants" }]);
  return items.length === 0 ? [] : [{ kind: "contents", items }];
}

function comment(text: string | undefined): Block[] {
  return text === undefined || text === "" ? [] : [{ kind: "comment", text }];
}

function aboutProgram(program: ProgramDefinition, context: Context): Block[] {
  const { name, number } = program;
  return [
    { kind: "heading", level: 2, text: `Program ${name}`, anchor: anchorOf("program", name) },
    { kind: "paragraph", text: ["Number ", { code: `${number}` }, ", ", { code: `0x${number.toString(16)}` }, "."] },
    ...comment(program.comment),
    ...program.versions.flatMap((version) => aboutVersion(program, version, context)),
  ];
}

function aboutVersion(program: ProgramDefinition, version: VersionDefinition, context: Context): Block[] {
  const anchor = anchorOf("version", program.name, version.name);
  const rows = version.procedures.map((procedure) => procedureRow(procedure, context));
  return [
    { kind: "heading", level: 3, text: `${version.name}: version ${version.number}`, anchor },
    ...comment(version.comment),
    {
      kind: "table",
      label: `Procedures of ${version.name}`,
      head: ["Number", "Procedure", "Arguments", "Result", "Method", "Description"],
      rows,
    },
  ];
}

function procedureRow(procedure: ProcedureDefinition, context: Context): Inline[][] {
  const { number, name, args, result, method, comment: text } = procedure;
  const listed = args.flatMap(({ name: arg, type }, index): Inline[] => [
    ...(index === 0 ? [] : [", "]),
    ...typeInline(type, context),
    ...(arg === "" ? [] : [" ", { code: arg }]),
  ]);
  const taken = args.length === 0 ? ["void"] : listed;
  return [
    [`${number}`],
    [{ code: name }],
    taken,
    typeInline(result, context),
    [{ code: method }],
    [aboutCalls(procedure, text)],
  ];
}

/** The comment, and its annotations as sentences. */
function aboutCalls(
  { oneWay, stream, idempotent, semantics, since, ...procedure }: ProcedureDefinition,
  text = "",
): string {
  // Only the arguments that are restored: an annotation may have no effect.
  const restored = restoredBy({ ...procedure, ...(stream && { stream }) }).map(({ argument: [index, ...fields] }) =>
    [procedure.args[index]?.name, ...fields].join("."),
  );
  const said = [
    oneWay ? "One-way: the server sends no reply." : "",
    stream ? "A stream: the procedure has many results, one after the other; the type is that of one." : "",
    ...restored.map(
      (name) => `Copy/restore: the result carries a changed copy of ${name}, which the client copies back.`,
    ),
    idempotent ? "Idempotent: a call may run several times without harm." : "",
    semantics === undefined ? "" : `Call semantics: ${semantics}.`,
    since === undefined ? "" : `Since ${since}.`,
  ];
  return [withoutAnnotations(text), ...said].filter((one) => one !== "").join("\n");
}

function aboutType(definition: TypeDefinition, context: Context): Block[] {
  const { name, kind } = definition;
  const size = sizeText(wireSize({ kind: "named", definition }, context.known));
  return [
    { kind: "heading", level: 3, text: `${kind} ${name}`, anchor: anchorOf("type", name) },
    ...comment(withoutAnnotations(definition.comment ?? "")),
    { kind: "paragraph", text: [`On the wire: ${size}.`] },
    ...layoutOf(definition, context),
  ];
}

function layoutOf(definition: TypeDefinition, context: Context): Block[] {
  switch (definition.kind) {
    case "enum":
      return [enumTable(definition)];
    case "struct":
      return structLayout(definition, context);
    case "union":
      return [unionTable(definition, context)];
    case "typedef":
      return [
        { kind: "paragraph", text: ["Another name for ", ...typeInline(definition.type, context), "."] },
        ...comment(aboutReference(definition.type)),
      ];
  }
}

function enumTable({ name: owner, members }: EnumDefinition): Block {
  const rows = members.map(({ name, value, comment: text }): Inline[][] => [
    [{ code: name }],
    [`${value}`],
    [text ?? ""],
  ]);
  return { kind: "table", label: `Members of ${owner}`, head: ["Name", "Value", "Description"], rows };
}

function structLayout(definition: StructDefinition, context: Context): Block[] {
  const { name: owner, fields, link } = definition;
  let offset: number | undefined = 0;
  let last = "";
  const rows = fields.map((field): Inline[][] => {
    const { least, most } = wireSize(field.type, context.known);
    const at: Inline[] = offset === undefined ? ["after ", { code: last }] : [`${offset}`];
    offset = offset === undefined || least !== most ? undefined : offset + least;
    last = field.name;
    return [at, ...fieldCells(field, context)];
  });
  const head = ["Offset", "Field", "Type", "Size", "Description"];
  const table: Block = { kind: "table", label: `Fields of ${owner}`, head, rows };
  if (link === undefined) return [table, ...aboutTables(definition)];
  const told: Inline[] = [
    "An entry of a linked list: ",
    { code: link },
    " follows, which says whether there is another.",
  ];
  return [table, { kind: "paragraph", text: told }];
}

function fieldCells({ name, type, comment: text }: Field, context: Context): Inline[][] {
  const about = [withoutAnnotations(text ?? ""), aboutReference(type)].filter((one) => one !== "").join("\n");
  return [[{ code: name }], typeInline(type, context), [sizeText(wireSize(type, context.known))], [about]];
}

/** The meaning of a number that is a reference. */
function aboutReference(type: Type): string {
  const node = nodeOf(type);
  return node === undefined ? "" : `Refers to ${node.name}: 0 is null, i is element i - 1 of the table.`;
}

/** The node tables of a struct. */
function aboutTables({ tables = [] }: StructDefinition): Block[] {
  if (tables.length === 0) return [];
  const named = tables.flatMap(({ field, node }, index): Inline[] => [
    ...(index === 0 ? [] : [", "]),
    { code: field },
    ` (${node.name})`,
  ]);
  return [{ kind: "paragraph", text: ["A graph: references within it are numbers of nodes in ", ...named, "."] }];
}

function unionTable({ name: owner, discriminant, cases, default: rest }: UnionDefinition, context: Context): Block {
  const row = (label: Inline[], arm: Field | undefined, text: string | undefined): Inline[][] => {
    if (arm === undefined) return [label, ["void"], [], ["nothing"], [text ?? ""]];
    const [name = [], type = [], size = [], about = []] = fieldCells(arm, context);
    return [label, name, type, size, text === undefined ? about : [text]];
  };
  const rows = cases.map(({ values, arm, comment: text }) => {
    const label = values.flatMap(({ name, value }, index): Inline[] => [
      ...(index === 0 ? [] : [", "]),
      { code: name ?? `${value}` },
    ]);
    return row(label, arm, text);
  });
  if (rest !== undefined) rows.push(row(["default"], rest.arm, undefined));
  const { name } = discriminant;
  return {
    kind: "table",
    label: `Arms of ${owner}`,
    head: [`First ${name}`, "then", "Type", "Size", "Description"],
    rows,
  };
}

function constants(definitions: readonly Definition[]): Block[] {
  const rows = definitions.flatMap((one): Inline[][][] => {
    if (one.kind !== "const") return [];
    const value = typeof one.value === "string" ? JSON.stringify(one.value) : `${one.value}`;
    return [[[{ code: one.name }], [{ code: value }], [one.comment ?? ""]]];
  });
  if (rows.length === 0) return [];
  const heading: Block = { kind: "heading", level: 2, text: "Constants", anchor: "constants" };
  return [heading, { kind: "table", label: "Constants", head: ["Name", "Value", "Description"], rows }];
}

/** A type as in the interface, its name linked to its section. */
function typeInline(type: Type, context: Context): Inline[] {
  return typePieces(type, (bound) => bound.name ?? lengthText(bound)).flatMap((piece): Inline[] => {
    if ("text" in piece) return [{ code: piece.text }];
    if ("definition" in piece) return typeLink(piece.definition, context);
    return ["space" in piece ? " " : piece.note];
  });
}

function typeLink(definition: TypeDefinition, { linkOf }: Context): Inline[] {
  const link = linkOf(definition);
  return [link === undefined ? { code: definition.name } : { link, code: definition.name }];
}
