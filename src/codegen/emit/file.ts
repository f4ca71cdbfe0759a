// A whole generated file: header, imports, the types with their codecs in the order of the interface, then the programs.

import { innermostFirst } from "../../idl/model/containment.js";
import type { Definition, InterfaceModule } from "../../idl/model/model.js";
import { isType } from "../../idl/model/references.js";
import { withoutEnding } from "../../idl/names/file-names.js";
import { leastSize } from "../../xdr/shape.js";
import { contractName, generatedMark } from "../contract.js";
import { emitConst } from "./consts.js";
import { emitCheck, emitEnum } from "./enums.js";
import { emitProgram } from "./programs.js";
import { type OutputLanguage, Scope } from "./scope.js";
import { emitStructCodec } from "./structs.js";
import { baseName, doc, layOut, placeOf } from "./text.js";
import { emitTypedefCodec } from "./typedefs.js";
import { emitStructType, emitTypedefType, emitUnionType } from "./types.js";
import { emitUnionCodec } from "./unions.js";

/** Options of `generate`. */
export interface GenerateOptions {
  /** The runtime that the file imports. Default "lupine/codegen/v1". */
  readonly runtime?: string;
  /** The output. Default "ts"; "js" and "d.ts" are a JavaScript file and its declarations. */
  readonly target?: OutputLanguage;
  /** Also export names with `_svc` for implementations, as in rpcgen. Default false. */
  readonly serviceNames?: boolean;
  /** The import path of an interface that defines types of this one. Default `./types.gen.js` for types.x. */
  readonly importPath?: (file: string) => string;
}

/**
 * Returns the TypeScript for an interface. The same interface always gives the same text.
 * @example
 * const { module } = compileInterface({ file: "add.x", text: "struct pair { int a; int b; };" });
 * if (module !== undefined) console.log(generate(module).includes("export interface pair")); // true
 */
export function generate(module: InterfaceModule, options: GenerateOptions = {}): string {
  const { target = "ts" } = options;
  const scope = new Scope(module, options);
  // All targets assign names in the same order, so the names are the same.
  if (target !== "ts") {
    print(scope, options);
    scope.restart(target);
  }
  return print(scope, options);
}

function print(scope: Scope, options: GenerateOptions): string {
  const { module } = scope;
  for (const type of innermostFirst(module.definitions.filter(isType))) {
    leastSize(scope.shapes.ofDefinition(type), scope.leastSizes);
  }
  const isProgram = (definition: Definition): boolean => definition.kind === "program";
  // Programs come last: their descriptors are made of codecs that must exist by then.
  const ordered = [...module.definitions.filter((one) => !isProgram(one)), ...module.definitions.filter(isProgram)];
  const sections = ordered.map((definition) => emitDefinition(scope, definition));
  for (const definition of scope.foreignChecks()) scope.addFunction(emitCheck(scope, definition));
  const file = baseName(module.file);
  const { runtime = "lupine/codegen/v1" } = options;
  const imports = importLines(scope, runtime, [...streamLines(scope, runtime), ...foreignLines(scope, options)]);
  const body = [...joinSections(ordered, sections), ...scope.functions.flatMap((lines) => ["", ...lines])];
  return `${[...headerLines(file, module.licence), ...imports, ...body].join("\n")}\n`;
}

/** The header that marks generated files for tools, linters and formatters, followed by the interface's licence. */
function headerLines(file: string, licence: string | undefined): string[] {
  return [
    `// ${generatedMark} from ${file}. Do not edit: change ${file} and run \`lupine gen ${file}\`.`,
    "/* eslint-disable */",
    "// biome-ignore-all lint: generated",
    "// biome-ignore-all format: generated",
    "// biome-ignore-all assist: generated",
    ...(licence === undefined
      ? []
      : [...doc(licence)].map((line, index) => (index === 0 ? line.replace("/**", "/*") : line))),
  ];
}

function emitDefinition(scope: Scope, definition: Definition): string[] {
  switch (definition.kind) {
    case "const":
      return emitConst(scope, definition);
    case "enum":
      return emitEnum(scope, definition, doc(definition.comment, placeOf(definition.span, scope.module)));
    case "struct":
      return apart(emitStructType(scope, definition), emitStructCodec(scope, definition));
    case "union":
      return apart(emitUnionType(scope, definition), emitUnionCodec(scope, definition));
    case "typedef":
      return [...emitTypedefType(scope, definition), ...emitTypedefCodec(scope, definition)];
    case "program":
      return emitProgram(scope, definition);
  }
}

function apart(type: readonly string[], codec: readonly string[]): string[] {
  return type.length === 0 ? [...codec] : [...type, "", ...codec];
}

/** A blank line between definitions, except between constants. */
function joinSections(definitions: readonly Definition[], sections: readonly string[][]): string[] {
  return sections.flatMap((lines, index) => {
    const together = definitions[index]?.kind === "const" && definitions[index - 1]?.kind === "const";
    return together ? lines : ["", ...lines];
  });
}

/** `import { streaming } from "lupine/stream";`. A runtime `../codegen/v1.js` has it in `../stream/streaming.js`. */
function streamLines(scope: Scope, runtime: string): string[] {
  const [, folder, ending] = /^(\.{1,2}\/.*)codegen\/v1(\.\w+)$/.exec(runtime) ?? [];
  const from = folder === undefined ? "lupine/stream" : `${folder}stream/streaming${ending}`;
  return scope.streamImports().map((name) => `import { ${name} } from ${JSON.stringify(from)};`);
}

/** `import { nfs_fh3 } from "./nfs3.gen.js";` */
function foreignLines(scope: Scope, { importPath = besideIt }: GenerateOptions): string[] {
  return [...scope.foreignImports()].flatMap(([module, items]) =>
    layOut("import ", { open: "{", items, close: "}" }, ` from ${JSON.stringify(pathOf(module, importPath))};`),
  );
}

/** The module of types that C code defines is beside the generated file of the interface that needs them. */
function pathOf({ file, extern, neededBy }: InterfaceModule, importPath: (file: string) => string): string {
  if (neededBy === undefined) return extern ?? importPath(file);
  return importPath(neededBy).replace(/\.gen(?=(?:\.\w+)?$)/, ".externs");
}

function besideIt(file: string): string {
  return `./${withoutEnding(baseName(file))}.gen.js`;
}

function importLines(scope: Scope, runtime: string, foreign: readonly string[]): string[] {
  const names = scope.imports();
  if (names.length === 0) return [...foreign];
  // `import type` if only types are used, so that the runtime is not loaded for them.
  const onlyTypes = names.every((name) => name.startsWith("type "));
  const from = ` from ${JSON.stringify(runtime)};`;
  const items = onlyTypes ? names.map((name) => name.slice("type ".length)) : names;
  const list = layOut(`import ${onlyTypes ? "type " : ""}`, { open: "{", items, close: "}" }, from);
  if (onlyTypes) return [...list, ...foreign];
  // The loader shows the line with the missing name.
  const contract = `import { ${contractName} as $runtime }${from} // missing? install a newer lupine`;
  return [contract, ...list, ...foreign, "", "/* @__PURE__ */ $runtime();"];
}
