// A model to TypeScript, of the same shape as for .x: types with their representation, descriptors of interfaces.

import { shapeText, typeText } from "./emit-types.js";
import type {
  EnumBody,
  FieldModel,
  IdlModel,
  InterfaceModel,
  Model,
  NamedType,
  OperationModel,
  UnionBody,
} from "./model.js";
import { ModuleNames, parameterName } from "./module-names.js";

/** Options of the generated text. */
export interface EmitOptions {
  /** The first line, which names the file. */
  readonly header: string;
  /** The module that has the runtime. */
  readonly runtime: string;
}

export function emitIdl(model: IdlModel, { header, runtime }: EmitOptions): string {
  const types = reachableTypes(model);
  const names = new ModuleNames({ ...model, types });
  const parts = [
    ...model.constants.map(({ name, value }) => `export const ${names.constant(name)} = ${JSON.stringify(value)};\n`),
    ...types.map((type) => namedText(type, names)),
    ...model.interfaces.map((one) => interfaceText(one, names)),
  ];
  const body = parts.join("\n");
  const { imports } = names;
  const imported = imports.length > 0 ? `import type { ${imports.join(", ")} } from ${JSON.stringify(runtime)};\n` : "";
  const lints = [
    "// biome-ignore-all lint: generated",
    "// biome-ignore-all format: generated",
    "// biome-ignore-all assist: generated",
  ];
  return [header, "/* eslint-disable */", ...lints, imported, body].join("\n");
}

/** The types of the file, and those of others that they need. A type comes after those that it contains. */
function reachableTypes(model: IdlModel): NamedType[] {
  const found = new Set<NamedType>();
  const later: NamedType[] = [...model.types];
  const visit = (type: Model | undefined, isBehindPointer: boolean): void => {
    if (type?.kind === "pointer") visit(type.to, true);
    else if (type?.kind === "array") visit(type.element, isBehindPointer);
    else if (type?.kind === "named" || type?.kind === "union") {
      if (isBehindPointer) later.push(type.type);
      else add(type.type);
    }
  };
  const add = (type: NamedType): void => {
    const { body } = type;
    if (body === undefined || found.has(type)) return;
    if (body.kind === "struct") for (const field of body.fields) visit(field.type, false);
    if (body.kind === "union") {
      for (const one of [body.tagType, ...body.arms.map(({ field }) => field?.type)]) visit(one, false);
    }
    found.add(type);
  };
  for (const { operations } of model.interfaces) {
    for (const { params, result } of operations) {
      for (const one of [...params.map(({ type }) => type), result]) visit(one, true);
    }
  }
  for (let next = later.shift(); next !== undefined; next = later.shift()) add(next);
  return [...found];
}

function namedText(type: NamedType, names: ModuleNames): string {
  const { body } = type;
  if (body?.kind === "enum") return enumText(type, body, names);
  if (body?.kind === "union") return unionText(type, body, names);
  const name = names.type(type);
  const fields = body?.kind === "struct" ? body.fields : [];
  const visible = fields.filter(isVisible).map((field) => `  ${field.name}: ${typeText(field.type, names)};\n`);
  const shapes = fields.map((field) => `    ${fieldText(field, names)},\n`);
  return (
    `export interface ${name} {\n${visible.join("")}}\n` +
    `${descriptorText(type, names)} = {\n  kind: "struct",\n  name: "${type.name}",\n  fields: [\n${shapes.join("")}  ],\n};\n`
  );
}

/** `export const point: NdrType<point>`. */
function descriptorText(type: NamedType, names: ModuleNames): string {
  return `export const ${names.shape(type)}: ${names.runtime("NdrType")}<${names.type(type)}>`;
}

function enumText(type: NamedType, { members, size }: EnumBody, names: ModuleNames): string {
  const name = names.type(type);
  const texts = members.map((member) => `${member.name}: ${member.value}`);
  const union = members.length === 0 ? "number" : `(typeof ${name})[keyof typeof ${name}]`;
  return (
    `export const ${name} = { ${texts.join(", ")} } as const;\nexport type ${name} = ${union};\n` +
    `${descriptorText(type, names)} = { kind: "enum", name: "${type.name}", size: ${size}, members: ${name} };\n`
  );
}

function unionText(type: NamedType, body: UnionBody, names: ModuleNames): string {
  const anyTag = body.tagType.kind === "named" ? names.type(body.tagType.type) : "number";
  const arms = body.arms.map(({ cases, field }) => {
    const tag = cases.length > 0 ? cases.join(" | ") : anyTag;
    return `  | { ${body.tag}: ${tag}${field === undefined ? "" : `; ${field.name}: ${typeText(field.type, names)}`} }`;
  });
  const shapes = body.arms.map(({ cases, field }) => {
    const value = field === undefined ? "" : `, field: ${fieldText(field, names)}`;
    return `    { cases: [${cases.join(", ")}]${value} },\n`;
  });
  return (
    `export type ${names.type(type)} =\n${arms.join("\n")};\n` +
    `${descriptorText(type, names)} = {\n  kind: "union",\n  name: "${type.name}",\n  tag: "${body.tag}",\n` +
    `  tagType: ${shapeText(body.tagType, names)},\n  arms: [\n${shapes.join("")}  ],\n${body.isMs ? "  msUnion: true,\n" : ""}};\n`
  );
}

function isVisible({ countOf, tagOf }: FieldModel): boolean {
  return countOf === undefined && tagOf === undefined;
}

function fieldText({ name, type, countOf, tagOf }: FieldModel, names: ModuleNames): string {
  const derived = countOf !== undefined ? `, countOf: "${countOf}"` : tagOf !== undefined ? `, tagOf: "${tagOf}"` : "";
  return `{ name: "${name}", type: ${shapeText(type, names)}${derived} }`;
}

function interfaceText(given: InterfaceModel, names: ModuleNames): string {
  const { name, uuid, major, minor, endpoints, operations } = given;
  const { descriptor, operations: typeName } = names.interface(given);
  const types = operations.map(
    (one) => `  /** ${one.name}, operation ${one.opnum}. */\n  ${one.method}: ${operationType(one, names)};\n`,
  );
  const values = operations.map((one) => operationValue(one, names));
  return (
    `/** The operations of ${name}, version ${major}.${minor}. */\nexport type ${typeName} = {\n${types.join("")}};\n\n` +
    `/** ${name}, version ${major}.${minor}. */\nexport const ${descriptor}: ${names.runtime("DceInterface")}<${typeName}> = {\n` +
    `  name: "${name}",\n  uuid: "${uuid}",\n  version: ${major},\n  minor: ${minor},\n  endpoints: ${JSON.stringify(endpoints)},\n` +
    `  operations: {\n${values.join("")}  },\n};\n`
  );
}

function operationType({ params, result }: OperationModel, names: ModuleNames): string {
  const visible = params.filter(isVisible);
  const args = visible
    .filter((one) => one.in)
    .map(({ name, type }) => `${parameterName(name)}: ${typeText(type, names)}`);
  const outs = visible.filter(({ out }) => out).map(({ name, type }) => `${name}: ${typeText(type, names)}`);
  const value = result === undefined ? undefined : typeText(result, names);
  if (outs.length > 0 && value !== undefined) outs.push(`${resultName(params)}: ${value}`);
  const returned = outs.length > 0 ? `{ ${outs.join("; ")} }` : (value ?? "void");
  return `${names.runtime("DceOperation")}<[${args.join(", ")}], ${returned}>`;
}

/** The property that has the value that the operation returns, beside [out] parameters. */
function resultName(params: OperationModel["params"]): string {
  return params.some(({ name, out }) => out && name === "result") ? "returned" : "result";
}

function operationValue(
  { name, method, opnum, params, result, semantics }: OperationModel,
  names: ModuleNames,
): string {
  const lines = params.map((one) => {
    const directions = `${one.in ? ", in: true" : ""}${one.out ? ", out: true" : ""}`;
    return `        ${fieldText(one, names).replace(/ \}$/, `${directions} }`)},\n`;
  });
  const rest = [
    result === undefined ? "" : `      result: { name: "${resultName(params)}", type: ${shapeText(result, names)} },\n`,
    semantics === "at-most-once" ? "" : `      semantics: "${semantics}",\n`,
  ];
  return `    ${method}: {\n      name: "${name}",\n      number: ${opnum},\n      params: [\n${lines.join("")}      ],\n${rest.join("")}    },\n`;
}
