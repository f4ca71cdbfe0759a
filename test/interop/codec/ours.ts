// Our side of a comparison: an interface file compiled, and the code that is generated for it, loaded.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { generate } from "lupine/codegen";
import {
  type CompileResult,
  compileInterface,
  type IncludeResolver,
  type InterfaceModule,
  type Mapping,
  type TypeDefinition,
} from "lupine/idl";
import type { XdrType } from "lupine/xdr";
import { project } from "../harness/compile.js";

/** Includes are looked for beside the file that asks, also by their last name alone, as C's headers are installed. */
const resolveInclude: IncludeResolver = ({ name, from }) => {
  const found = [name, basename(name)].map((each) => join(dirname(from), each)).find((path) => existsSync(path));
  return found === undefined ? undefined : { file: found, text: readFileSync(found) };
};

/** What the compiler says of the file at `path`, from the project's folder. */
export function compileFile(path: string, mapping: Mapping = {}): CompileResult {
  const file = resolve(project, path);
  return compileInterface({ file, text: readFileSync(file), resolveInclude, mapping });
}

/** The module of a file that must compile. */
export function moduleOf(path: string, mapping: Mapping = {}): InterfaceModule {
  const { module, diagnostics } = compileFile(path, mapping);
  assert.ok(module, `${path}: ${diagnostics.find(({ severity }) => severity === "error")?.message}`);
  return module;
}

/** The code that is generated for a module and those that it imports, loaded. */
export async function generatedTypes(module: InterfaceModule): Promise<Record<string, unknown>> {
  const all = new Map<string, string>();
  collect(module, all);
  const hash = createHash("sha256")
    .update(JSON.stringify([...all]))
    .digest("hex")
    .slice(0, 24);
  // Under the project's folder, where "lupine/codegen/v1" is found.
  const folder = join(project, "build", "generated", hash);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of all) writeFileSync(join(folder, name), text);
  return (await import(pathToFileURL(join(folder, outputOf(module))).href)) as Record<string, unknown>;
}

function collect(module: InterfaceModule, into: Map<string, string>): void {
  if (into.has(outputOf(module))) return;
  into.set(outputOf(module), generate(module, { target: "js" }));
  for (const each of module.imports ?? []) collect(each, into);
}

function outputOf(module: InterfaceModule): string {
  return basename(module.file).replace(/\.x$/, ".gen.js");
}

export function codecOf(generated: Record<string, unknown>, type: TypeDefinition): XdrType<unknown> {
  // A name that JavaScript keeps for itself has `_` behind it.
  const names = [type.kind === "enum" ? `${type.name}Type` : type.name, `${type.name}_`];
  const found = names.map((name) => generated[name]).find((each) => each !== null && typeof each === "object");
  assert.ok(found !== undefined && found !== null && "encode" in (found as object), `no codec for ${type.name}`);
  return found as XdrType<unknown>;
}
