// The fixtures of dialects, compiled as the command does.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CompileResult, compileInterface, type Definition, type IncludeResolver, type Type } from "lupine/idl";

// Compiled tests run in build/test/dialects.
export const project = fileURLToPath(new URL("../../../", import.meta.url));
export const folder = join(project, "test/fixtures/dialects");

/** Looks beside the file that asks, then in `folders`. */
export function resolver(folders: readonly string[] = []): IncludeResolver {
  return ({ name, from }) => {
    const found = [dirname(from), ...folders].map((one) => join(one, name)).find((path) => existsSync(path));
    return found === undefined ? undefined : { file: found, text: readFileSync(found) };
  };
}

export function compile(name: string, symbols: Readonly<Record<string, string>> = {}): CompileResult {
  const file = join(folder, `${name}.x`);
  const externs = { elsewhere: "./elsewhere.js" };
  return compileInterface({ file, text: readFileSync(file), symbols, externs, resolveInclude: resolver() });
}

/** A definition in one line. */
export function show(definition: Definition): string {
  const { kind, name } = definition;
  switch (kind) {
    case "const":
      return `${name} = ${definition.value}`;
    case "enum":
      return `${name} { ${definition.members.map((member) => `${member.name}=${member.value}`).join(" ")} }`;
    case "struct":
      return `${name}${definition.link === undefined ? "" : "..."} { ${definition.fields.map(showField).join("; ")} }`;
    case "union": {
      const cases = definition.cases.map(({ values, arm }) => `${values.map((one) => one.value)}: ${showField(arm)}`);
      if (definition.default !== undefined) cases.push(`*: ${showField(definition.default.arm)}`);
      return `${name} (${showField(definition.discriminant)}) { ${cases.join("; ")} }`;
    }
    case "typedef":
      return `${name} is ${showType(definition.type)}`;
    case "program": {
      const versions = definition.versions.map(({ number, procedures }) => {
        const all = procedures.map(
          (one) =>
            `${one.number} ${one.method}(${one.args.map(({ name: arg, type }) => `${arg}: ${showType(type)}`)}) ${showType(one.result)}`,
        );
        return `${number} { ${all.join("; ")} }`;
      });
      return `program ${name} ${definition.number.toString(16)} ${versions.join(" ")}`;
    }
  }
}

function showField(field: { readonly name: string; readonly type: Type } | undefined): string {
  return field === undefined ? "void" : `${showType(field.type)} ${field.name}`;
}

function showType(type: Type): string {
  const bound = (length: number, fixed = false): string => {
    const text = length === 0xffff_ffff ? "" : String(length);
    return fixed ? `[${text}]` : `<${text}>`;
  };
  switch (type.kind) {
    case "primitive":
      return type.name;
    case "string":
      return `string${bound(type.bound.value)}`;
    case "opaque":
      return `opaque${bound(type.bound.value, type.fixed)}`;
    case "array":
      return `${showType(type.element)}${bound(type.bound.value, type.fixed)}`;
    case "optional":
      return `${showType(type.element)}*`;
    case "list":
      return `${type.element.name}${type.optional ? "*..." : "..."}`;
    case "named":
      return type.definition.name;
  }
}
