// Writes C functions that fill rpcgen's C types with random values, so that values can start in C too: what C's own
// types can hold, and nothing else. Everything is allocated as xdr_free expects it.
import {
  behindTypedefs,
  type Field,
  type StructDefinition,
  type Type,
  type TypeDefinition,
  type UnionDefinition,
} from "lupine/idl";

/** C text: `make_T` for each of the types. */
export function makers(types: readonly TypeDefinition[]): string {
  return [
    ...types.map((type) => `static void make_${type.name}(${type.name} *v, int depth);`),
    ...types.map((type) => `static void make_${type.name}(${type.name} *v, int depth) {\n${body(type)}}`),
  ].join("\n");
}

function body(type: TypeDefinition): string {
  switch (type.kind) {
    case "enum":
      return pick(
        type.members.map(({ value }) => value),
        "*v",
      );
    case "struct":
      return type.link === undefined ? fields(type, "(*v)") : list(type, type.link);
    case "union":
      return union(type);
    case "typedef":
      return make(type.type, "(*v)", type.name);
  }
}

function pick(values: readonly number[], into: string): string {
  return `{ static const long long all[] = { ${values.map((value) => `${value}LL`).join(", ")} };\n${into} = all[below(${values.length})]; }\n`;
}

function fields(type: StructDefinition, value: string): string {
  return type.fields.map((field) => make(field.type, `${value}.${field.name}`, field.name)).join("");
}

// Fills the first entry, and links more to it.
function list(type: StructDefinition, link: string): string {
  const more = `if (left == 0) break;\np->${link} = calloc(1, sizeof *p);\np = p->${link};`;
  return `${type.name} *p = v;\nfor (unsigned left = below(depth > 3 ? 1 : 5 - depth);; left--) {\n${fields(type, "(*p)")}${more}\n}\n`;
}

function union(type: UnionDefinition): string {
  const tag = `(*v).${type.discriminant.name}`;
  const arm = (field: Field | undefined) =>
    field === undefined ? "" : make(field.type, `(*v).${type.name}_u.${field.name}`, field.name);
  const ways = type.cases.map(
    (each) =>
      `${pick(
        each.values.map(({ value }) => value),
        tag,
      )}${arm(each.arm)}`,
  );
  const others = type.default === undefined ? undefined : unlisted(type, tag);
  if (others !== undefined) ways.push(`${others}${arm(type.default?.arm)}`);
  return `switch (below(${ways.length})) {\n${ways.map((way, i) => `case ${i}:\n${way}break;\n`).join("")}}\n`;
}

/** A value of the discriminant that has no case; undefined when each has one. */
function unlisted(type: UnionDefinition, tag: string): string | undefined {
  const listed = type.cases.flatMap((each) => each.values.map(({ value }) => value));
  const kind = type.discriminantKind;
  if (kind === "bool" || kind === "enum") {
    const all = kind === "bool" ? [0, 1] : members(type.discriminant.type);
    const rest = all.filter((value) => !listed.includes(value));
    return rest.length === 0 ? undefined : pick(rest, tag);
  }
  const isListed = listed.map((value) => `${tag} == ${value}`).join(" || ") || "0";
  return `do { ${tag} = ${kind === "int" ? "make_int" : "make_unsigned"}(); } while (${isListed});\n`;
}

function members(type: Type): number[] {
  const behind = behindTypedefs(type);
  if (behind.kind !== "named" || behind.definition.kind !== "enum") return [];
  return behind.definition.members.map(({ value }) => value);
}

/** Statements that fill `value`, which was declared under the name `declared`. */
function make(type: Type, value: string, declared: string): string {
  switch (type.kind) {
    case "primitive":
      return `${value} = make_${type.name.replace("unsigned int", "unsigned").replace(" ", "_")}();\n`;
    case "opaque":
      return type.fixed
        ? `make_bytes(&${value}, ${type.bound.value});\n`
        : `make_counted((void *)&${value}, most(${type.bound.value}u, depth));\n`;
    case "string":
      return `${value} = make_string(most(${type.bound.value}u, depth));\n`;
    case "array":
      return array(type, value, declared);
    case "optional":
      return `if (below(depth + 2) > 0) ${value} = NULL;\nelse {\n${allocate(value)}${make(type.element, `(*${value})`, declared)}}\n`;
    case "list":
      if (!type.optional) return `make_${type.element.name}(&${value}, depth + 1);\n`;
      return `if (below(3) == 0 || depth > 5) ${value} = NULL;\nelse {\n${allocate(value)}make_${type.element.name}(${value}, depth + 1);\n}\n`;
    case "named":
      return `make_${type.definition.name}(&${value}, depth + 1);\n`;
  }
}

function allocate(value: string): string {
  return `${value} = calloc(1, sizeof *${value});\n`;
}

function array(type: Type & { kind: "array" }, value: string, declared: string): string {
  const loop = (at: string, count: string) =>
    `{ typeof(&${at}[0]) at = ${at};\nfor (unsigned int i = 0, n = ${count}; i < n; i++) {\n${make(type.element, "at[i]", declared)}} }\n`;
  if (type.fixed) return loop(value, String(type.bound.value));
  const [count, values] = [`${value}.${declared}_len`, `${value}.${declared}_val`];
  return `${count} = below(most(${type.bound.value}u, depth) + 1);\n${values} = calloc(${count} + 1, sizeof *${values});\n${loop(values, count)}`;
}
