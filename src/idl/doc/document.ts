// What there is to say about an interface: programs first, then types with their layout on the wire, then constants.
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
} from "../model.js";
import { isType } from "../references.js";
import { anchorOf, type Block, type Inline } from "./page.js";
import { type Known, sizeText, wireSize } from "./size.js";

/** The page about an interface. @param title its heading: the file's name. */
export function documentBlocks({ definitions }: InterfaceModule, title: string): Block[] {
  const programs = definitions.filter((one) => one.kind === "program");
  const types = definitions.filter(isType);
  const blocks: Block[] = [{ kind: "heading", level: 1, text: title }, ...contents(definitions)];
  for (const program of programs) blocks.push(...aboutProgram(program));
  if (types.length > 0) blocks.push({ kind: "heading", level: 2, text: "Types", anchor: "types" });
  const known: Known = new Map();
  for (const type of types) blocks.push(...aboutType(type, known));
  return [...blocks, ...constants(definitions)];
}

function contents(definitions: readonly Definition[]): Block[] {
  const items = definitions
    .filter((one) => one.kind === "program" || isType(one))
    .map((one): Inline[] => {
      const kind = one.kind === "program" ? "program" : "type";
      return [{ link: anchorOf(kind, one.name), code: one.name }, ` (${one.kind})`];
    });
  return items.length === 0 ? [] : [{ kind: "list", items }];
}

function comment(text: string | undefined): Block[] {
  return text === undefined || text === "" ? [] : [{ kind: "paragraph", text: [text] }];
}

function aboutProgram(program: ProgramDefinition): Block[] {
  const { name, number } = program;
  return [
    { kind: "heading", level: 2, text: `Program ${name}`, anchor: anchorOf("program", name) },
    { kind: "paragraph", text: ["Number ", { code: `${number}` }, ", ", { code: `0x${number.toString(16)}` }, "."] },
    ...comment(program.comment),
    ...program.versions.flatMap((version) => aboutVersion(program, version)),
  ];
}

function aboutVersion(program: ProgramDefinition, version: VersionDefinition): Block[] {
  const anchor = anchorOf("version", program.name, version.name);
  const rows = version.procedures.map((procedure) => procedureRow(procedure));
  return [
    { kind: "heading", level: 3, text: `${version.name}: version ${version.number}`, anchor },
    ...comment(version.comment),
    { kind: "table", head: ["Number", "Procedure", "Arguments", "Result", "Method", "Description"], rows },
  ];
}

function procedureRow({ number, name, args, result, method, comment: text }: ProcedureDefinition): Inline[][] {
  const listed = args.flatMap(({ name: arg, type }, index): Inline[] => [
    ...(index === 0 ? [] : [", "]),
    ...typeInline(type),
    ...(arg === "" ? [] : [" ", { code: arg }]),
  ]);
  const taken = args.length === 0 ? ["void"] : listed;
  return [[`${number}`], [{ code: name }], taken, typeInline(result), [{ code: method }], [text ?? ""]];
}

function aboutType(definition: TypeDefinition, known: Known): Block[] {
  const { name, kind } = definition;
  const size = sizeText(wireSize({ kind: "named", definition }, known));
  return [
    { kind: "heading", level: 3, text: `${kind} ${name}`, anchor: anchorOf("type", name) },
    ...comment(definition.comment),
    { kind: "paragraph", text: [`On the wire: ${size}.`] },
    ...layoutOf(definition, known),
  ];
}

function layoutOf(definition: TypeDefinition, known: Known): Block[] {
  switch (definition.kind) {
    case "enum":
      return [enumTable(definition)];
    case "struct":
      return structLayout(definition, known);
    case "union":
      return [unionTable(definition, known)];
    case "typedef":
      return [{ kind: "paragraph", text: ["Another name for ", ...typeInline(definition.type), "."] }];
  }
}

function enumTable({ members }: EnumDefinition): Block {
  const rows = members.map(({ name, value, comment: text }): Inline[][] => [
    [{ code: name }],
    [`${value}`],
    [text ?? ""],
  ]);
  return { kind: "table", head: ["Name", "Value", "Description"], rows };
}

function structLayout({ fields, link }: StructDefinition, known: Known): Block[] {
  let offset: number | undefined = 0;
  let last = "";
  const rows = fields.map((field): Inline[][] => {
    const { least, most } = wireSize(field.type, known);
    const at: Inline[] = offset === undefined ? ["after ", { code: last }] : [`${offset}`];
    offset = offset === undefined || least !== most ? undefined : offset + least;
    last = field.name;
    return [at, ...fieldCells(field, known)];
  });
  const table: Block = { kind: "table", head: ["Offset", "Field", "Type", "Size", "Description"], rows };
  if (link === undefined) return [table];
  const told: Inline[] = [
    "An entry of a linked list: ",
    { code: link },
    " follows, which says whether there is another.",
  ];
  return [table, { kind: "paragraph", text: told }];
}

function fieldCells({ name, type, comment: text }: Field, known: Known): Inline[][] {
  return [[{ code: name }], typeInline(type), [sizeText(wireSize(type, known))], [text ?? ""]];
}

function unionTable({ discriminant, cases, default: rest }: UnionDefinition, known: Known): Block {
  const row = (label: Inline[], arm: Field | undefined, text: string | undefined): Inline[][] => {
    if (arm === undefined) return [label, ["void"], [], ["nothing"], [text ?? ""]];
    const [name = [], type = [], size = [], about = []] = fieldCells(arm, known);
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
  return { kind: "table", head: [`First ${name}`, "then", "Type", "Size", "Description"], rows };
}

function constants(definitions: readonly Definition[]): Block[] {
  const rows = definitions.flatMap((one): Inline[][][] => {
    if (one.kind !== "const") return [];
    const value = typeof one.value === "string" ? JSON.stringify(one.value) : `${one.value}`;
    return [[[{ code: one.name }], [{ code: value }], [one.comment ?? ""]]];
  });
  if (rows.length === 0) return [];
  const heading: Block = { kind: "heading", level: 2, text: "Constants", anchor: "constants" };
  return [heading, { kind: "table", head: ["Name", "Value", "Description"], rows }];
}

/** A type as in the interface, its name a link to where it is told of. */
function typeInline(type: Type): Inline[] {
  switch (type.kind) {
    case "primitive":
      return [{ code: type.name }];
    case "opaque":
    case "string":
      return [{ code: type.kind + boundText(type.kind === "opaque" && type.fixed, type.bound) }];
    case "array":
      return [...typeInline(type.element), { code: boundText(type.fixed, type.bound) }];
    case "optional":
      return [...typeInline(type.element), " ", { code: "*" }];
    case "list":
      return [...typeLink(type.element), ...(type.optional ? [" ", { code: "*" }] : []), " (a linked list)"];
    case "named":
      return typeLink(type.definition);
  }
}

function typeLink({ name }: TypeDefinition): Inline[] {
  return [{ link: anchorOf("type", name), code: name }];
}

function boundText(fixed: boolean, { value, name }: { value: number; name: string | undefined }): string {
  const length = name ?? (value === 0xffff_ffff ? "" : `${value}`);
  return fixed ? `[${length}]` : `<${length}>`;
}
