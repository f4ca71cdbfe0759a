// Writes C functions that print values of rpcgen's C types by the names of their fields, in the form of plain.ts. They
// read the fields by name, so that fields which both codecs took in the wrong order would show.

import type { Field, InterfaceModule, StructDefinition, Type, TypeDefinition, UnionDefinition } from "lupine/idl";
import { makers } from "./c-maker.js";

/** The types that have a routine of rpcgen's, by the position that driver.c knows them by. */
export function codedTypes(module: InterfaceModule): TypeDefinition[] {
  return module.definitions.filter((each): each is TypeDefinition => each.kind !== "const" && each.kind !== "program");
}

/** C text: a printer and a maker for each type, and the table `types`. `header` is rpcgen's -h output. */
export function printers(types: readonly TypeDefinition[], header: string): string {
  return [
    '#include "driver.h"',
    `#include "${header}"`,
    '#include "random.h"',
    "void seed(unsigned int with) { state = with; }",
    ...types.flatMap(widened),
    makers(types),
    ...types.map((type) => `static void print_${type.name}(${type.name} *v);`),
    ...types.map((type) => `static void print_${type.name}(${type.name} *v) {\n${body(type)}}`),
    "const struct type types[] = {",
    ...types.map(
      (type) =>
        `{ sizeof(${type.name}), (bool_t (*)(XDR *, void *))xdr_${type.name}, (void (*)(void *))print_${type.name}, (void (*)(void *, int))make_${type.name} },`,
    ),
    "};",
    "",
  ].join("\n");
}

/** C has the declared enum alone, whose numbers it does not look at. */
function widened(type: TypeDefinition): string[] {
  if (type.kind !== "enum" || type.widens === undefined) return [];
  return [`typedef ${type.widens.name} ${type.name};`, `#define xdr_${type.name} xdr_${type.widens.name}`];
}

function body(type: TypeDefinition): string {
  switch (type.kind) {
    case "enum":
      return "put_signed((int)*v);\n";
    case "struct":
      return type.link === undefined ? fields(type, "(*v)") : list(type);
    case "union":
      return union(type);
    case "typedef":
      return print(type.type, "(*v)", type.name);
  }
}

function fields(type: StructDefinition, value: string): string {
  const each = type.fields.map(
    (field, i) =>
      `put("${i === 0 ? "" : ","}\\"${field.name}\\":");\n${print(field.type, `${value}.${field.name}`, field.name)}`,
  );
  return `put("{");\n${each.join("")}put("}");\n`;
}

function union(type: UnionDefinition): string {
  const tag = type.discriminant.name;
  const arm = (field: Field | undefined) =>
    field === undefined
      ? "break;\n"
      : `put(",\\"${field.name}\\":");\n${print(field.type, `(*v).${type.name}_u.${field.name}`, field.name)}break;\n`;
  const cases = type.cases.map(
    (each) => `${each.values.map(({ value }) => `case ${value}:`).join(" ")} ${arm(each.arm)}`,
  );
  const rest = type.default === undefined ? "" : `default: ${arm(type.default.arm)}`;
  return `put("{\\"${tag}\\":");\n${print(type.discriminant.type, `(*v).${tag}`, tag)}switch ((*v).${tag}) {\n${cases.join("")}${rest}}\nput("}");\n`;
}

/** Statements that print `value`, which was declared under the name `declared`. */
function print(type: Type, value: string, declared: string): string {
  switch (type.kind) {
    case "primitive":
      return primitive(type.name, value);
    case "opaque":
      return type.fixed
        ? `put_bytes(&${value}, ${type.bound.value});\n`
        : `{ struct counted *counted = (void *)&${value};\nput_bytes(counted->bytes, counted->length); }\n`;
    case "string":
      return `put_bytes(${value}, strlen(${value}));\n`;
    case "array":
      return type.fixed
        ? loop(type.element, value, String(type.bound.value), declared)
        : loop(type.element, `${value}.${declared}_val`, `${value}.${declared}_len`, declared);
    case "optional":
      return `if (${value} == NULL) put("null");\nelse {\n${print(type.element, `(*${value})`, declared)}}\n`;
    case "list":
      return `print_${type.element.name}(${type.optional ? value : `&${value}`});\n`;
    case "named":
      return `print_${type.definition.name}(&${value});\n`;
  }
}

function primitive(name: (Type & { kind: "primitive" })["name"], value: string): string {
  switch (name) {
    // The cast is for `long`, which is an int of XDR: libtirpc's memory stream (1.3.3) leaves out its sign's extension.
    case "int":
      return `put_signed((int)${value});\n`;
    case "hyper":
    case "bool":
      return `put_signed(${value});\n`;
    case "unsigned int":
    case "unsigned hyper":
      return `put_unsigned(${value});\n`;
    case "float":
    case "double":
      return `put_${name}(${value});\n`;
    case "quadruple":
    case "void":
      throw new Error(`rpcgen has no ${name}`);
  }
}

// Each block opens a scope of its own, so that `i` may nest.
function loop(element: Type, values: string, count: string, declared: string): string {
  return `put("[");\n{ unsigned int n = ${count}; typeof(&${values}[0]) at = ${values};\nfor (unsigned int i = 0; i < n; i++) {\nif (i) put(",");\n${print(element, "at[i]", declared)}} }\nput("]");\n`;
}

// A linked list's printer takes its first entry, which is NULL when it is empty.
function list(type: StructDefinition): string {
  return `put("[");\nfor (${type.name} *p = v; p != NULL; p = p->${type.link}) {\nif (p != v) put(",");\n${fields(type, "(*p)")}}\nput("]");\n`;
}
