// A model to TypeScript, of the same shape as for .x: types with their representation, descriptors of interfaces.

import { shapeText, typeText } from "./emit-types.js";
import type { FieldModel, IdlModel, InterfaceModel, Model, NamedType, OperationModel } from "./model.js";

/** Options of the generated text. */
export interface EmitOptions {
  /** The first line, which names the file. */
  readonly header: string;
  /** The module that has the runtime. */
  readonly runtime: string;
}

export function emitIdl(model: IdlModel, { header, runtime }: EmitOptions): string {
  const types = reachableTypes(model);
  const parts = [
    ...model.constants.map(({ name, value }) => `export const ${name} = ${JSON.stringify(value)};\n`),
    ...types.map(namedText),
    ...model.interfaces.map(interfaceText),
  ];
  const body = parts.join("\n");
  const imported = ["ContextHandle", "DceInterface", "DceOperation", "NdrType"].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(body),
  );
  const imports = `import type { ${imported.join(", ")} } from ${JSON.stringify(runtime)};\n`;
  const lints = [
    "// biome-ignore-all lint: generated",
    "// biome-ignore-all format: generated",
    "// biome-ignore-all assist: generated",
  ];
  return [header, "/* eslint-disable */", ...lints, imported.length > 0 ? imports : "", body].join("\n");
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

function namedText(type: NamedType): string {
  const { name, body } = type;
  if (body?.kind === "enum") {
    const members = body.members.map((member) => `${member.name}: ${member.value}`);
    const union = body.members.length === 0 ? "number" : `(typeof ${name})[keyof typeof ${name}]`;
    return (
      `export const ${name} = { ${members.join(", ")} } as const;\nexport type ${name} = ${union};\n` +
      `export const ${name}Type: NdrType<${name}> = { kind: "enum", name: "${name}", size: ${body.size}, members: ${name} };\n`
    );
  }
  if (body?.kind === "union") {
    const arms = body.arms.map(({ cases, field }) => {
      const enumName = body.tagType.kind === "named" ? body.tagType.type.name : undefined;
      const tag = cases.length > 0 ? cases.join(" | ") : (enumName ?? "number");
      return `  | { ${body.tag}: ${tag}${field === undefined ? "" : `; ${field.name}: ${typeText(field.type)}`} }`;
    });
    const shapes = body.arms.map(
      ({ cases, field }) =>
        `    { cases: [${cases.join(", ")}]${field === undefined ? "" : `, field: ${fieldText(field)}`} },\n`,
    );
    return (
      `export type ${name} =\n${arms.join("\n")};\n` +
      `export const ${name}: NdrType<${name}> = {\n  kind: "union",\n  name: "${name}",\n  tag: "${body.tag}",\n` +
      `  tagType: ${shapeText(body.tagType)},\n  arms: [\n${shapes.join("")}  ],\n};\n`
    );
  }
  const fields = body?.kind === "struct" ? body.fields : [];
  const visible = fields.filter(isVisible).map((field) => `  ${field.name}: ${typeText(field.type)};\n`);
  const shapes = fields.map((field) => `    ${fieldText(field)},\n`);
  return (
    `export interface ${name} {\n${visible.join("")}}\n` +
    `export const ${name}: NdrType<${name}> = {\n  kind: "struct",\n  name: "${name}",\n  fields: [\n${shapes.join("")}  ],\n};\n`
  );
}

function isVisible({ countOf, tagOf }: FieldModel): boolean {
  return countOf === undefined && tagOf === undefined;
}

function fieldText({ name, type, countOf, tagOf }: FieldModel): string {
  const derived = countOf !== undefined ? `, countOf: "${countOf}"` : tagOf !== undefined ? `, tagOf: "${tagOf}"` : "";
  return `{ name: "${name}", type: ${shapeText(type)}${derived} }`;
}

function interfaceText({ name, uuid, major, minor, endpoints, operations }: InterfaceModel): string {
  const constant = `${name}_v${major}${minor === 0 ? "" : `_${minor}`}`;
  const types = operations.map(
    (one) => `  /** ${one.name}, operation ${one.opnum}. */\n  ${one.method}: ${operationType(one)};\n`,
  );
  const values = operations.map(operationValue);
  return (
    `/** The operations of ${name}, version ${major}.${minor}. */\nexport type ${constant}_Operations = {\n${types.join("")}};\n\n` +
    `/** ${name}, version ${major}.${minor}. */\nexport const ${constant}: DceInterface<${constant}_Operations> = {\n` +
    `  name: "${name}",\n  uuid: "${uuid}",\n  version: ${major},\n  minor: ${minor},\n  endpoints: ${JSON.stringify(endpoints)},\n` +
    `  operations: {\n${values.join("")}  },\n};\n`
  );
}

function operationType({ params, result }: OperationModel): string {
  const args = params.filter((one) => one.in && isVisible(one)).map(({ name, type }) => `${name}: ${typeText(type)}`);
  const outs = params.filter((one) => one.out && isVisible(one)).map(({ name, type }) => `${name}: ${typeText(type)}`);
  const value = result === undefined ? undefined : typeText(result);
  if (outs.length > 0 && value !== undefined) outs.push(`${resultName(params)}: ${value}`);
  const returned = outs.length > 0 ? `{ ${outs.join("; ")} }` : (value ?? "void");
  return `DceOperation<[${args.join(", ")}], ${returned}>`;
}

/** The property that has the value that the operation returns, beside [out] parameters. */
function resultName(params: OperationModel["params"]): string {
  return params.some(({ name, out }) => out && name === "result") ? "returned" : "result";
}

function operationValue({ name, method, opnum, params, result, semantics }: OperationModel): string {
  const lines = params.map((one) => {
    const directions = `${one.in ? ", in: true" : ""}${one.out ? ", out: true" : ""}`;
    return `        ${fieldText(one).replace(/ \}$/, `${directions} }`)},\n`;
  });
  const rest = [
    result === undefined ? "" : `      result: { name: "${resultName(params)}", type: ${shapeText(result)} },\n`,
    semantics === "at-most-once" ? "" : `      semantics: "${semantics}",\n`,
  ];
  return `    ${method}: {\n      name: "${name}",\n      number: ${opnum},\n      params: [\n${lines.join("")}      ],\n${rest.join("")}    },\n`;
}
