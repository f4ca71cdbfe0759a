// The module of the types that C code defines: created once, for a person to complete.

import type { InterfaceModule } from "../../idl/model/model.js";
import { withoutEnding } from "../../idl/names/file-names.js";
import { type OutputLanguage, Scope } from "./scope.js";
import { baseName } from "./text.js";

/** Options of `externs`. */
export interface ExternsOptions {
  /** The runtime that the module imports. Default "lupine/codegen/v1". */
  readonly runtime?: string;
  /** Default "ts". */
  readonly target?: OutputLanguage;
}

/**
 * Returns the initial text of `NAME.externs.ts`, the module with the types that must be written by hand. Undefined if
 * there are none.
 * @example
 * const text = '%#include "clock.h"\nstruct event { clock_reading at; };';
 * const { module } = compileInterface({ file: "clock.x", text });
 * if (module !== undefined) console.log(externs(module)?.includes("export type clock_reading")); // true
 */
export function externs(module: InterfaceModule, options: ExternsOptions = {}): string | undefined {
  const open = module.imports?.find(({ neededBy }) => neededBy === module.file);
  if (open === undefined) return undefined;
  const { runtime = "lupine/codegen/v1", target = "ts" } = options;
  const file = baseName(module.file);
  const own = `${withoutEnding(file)}.externs`;
  const scope = new Scope(open, { ownNamesOnly: true });
  const types = open.definitions.flatMap((definition) => {
    const name = scope.nameOf(definition);
    const comment = `/** ${baseName(definition.span.file)}: what xdr_${definition.name} is in C. */`;
    return ["", comment, ...declaration(name, definition.name, target)];
  });
  const header = [
    `// Types that ${file} leaves to C code. Lupine began this file and never writes it again: finish it.`,
    "// Replace each type and its codec by what C has: those of another interface, or encode and decode by hand.",
  ];
  const imports = target === "js" ? [] : [`import type { XdrType } from ${JSON.stringify(runtime)};`];
  const refusal = target === "d.ts" ? [] : ["", ...unwritten(own, target)];
  return `${[...header, ...imports, ...types, ...refusal].join("\n")}\n`;
}

function declaration(name: string, inC: string, target: OutputLanguage): string[] {
  const type = `export type ${name} = unknown;`;
  const value = `unwritten(${JSON.stringify(inC)});`;
  if (target === "js") return [`export const ${name} = ${value}`];
  if (target === "d.ts") return [type, `export declare const ${name}: XdrType<${name}>;`];
  return [type, `export const ${name}: XdrType<${name}> = ${value}`];
}

function unwritten(own: string, target: OutputLanguage): string[] {
  const typed = target === "ts";
  return [
    `function unwritten(name${typed ? ": string" : ""})${typed ? ": XdrType<unknown>" : ""} {`,
    `  const refuse = ()${typed ? ": never" : ""} => {`,
    `    throw new Error(\`\${name} has no codec yet: write it in ${own}\`);`,
    "  };",
    '  return { shape: { kind: "void" }, encode: refuse, decode: refuse };',
    "}",
  ];
}
