// "lupine/dynamic": programs and codecs made from an interface file at run time, without generated code.

import { BrandedError } from "../base/brand.js";
import { checkOptions, type OptionTable } from "../base/check-options.js";

import { compileInterface } from "../idl/compile.js";
import type { Diagnostic } from "../idl/findings/diagnostics.js";
import { type FormatOptions, formatDiagnostics } from "../idl/findings/format.js";
import type { Mapping } from "../idl/model/mapping.js";
import type { XdrType } from "../xdr/type.js";
import { type Interface, interfaceOf } from "./interface.js";

export { Shapes } from "../idl/model/shapes.js";
export { type FoundProcedure, findProcedure, findProgram, findVersion, NameError } from "./find.js";
export { type Interface, type InterfaceOptions, interfaceOf } from "./interface.js";
export { signatureOf } from "./messages.js";

/**
 * An interface file that does not compile. The message shows each error in its line.
 * @example
 * try {
 *   loadInterface("struct a { missing b; };");
 * } catch (error) {
 *   if (error instanceof InterfaceError) console.log(error.diagnostics.length); // 1
 * }
 */
export class InterfaceError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "InterfaceError";
  /** The errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];

  /** Makes an error of these diagnostics, with `text` as its message. */
  constructor(diagnostics: readonly Diagnostic[], text: string) {
    super(text);
    this.diagnostics = diagnostics;
  }
}

/** Options of `loadInterface`. */
export interface LoadOptions extends FormatOptions {
  /** The file's name for messages. Default "interface.x". */
  readonly file?: string;
  /** How values look in TypeScript, as `lupine.config.ts` has it. Default: as without options. */
  readonly mapping?: Mapping;
  /** Codecs of the types that the interface takes from elsewhere, by name. Default: none. */
  readonly externs?: Readonly<Record<string, XdrType<unknown>>>;
}

const loadOptions: OptionTable<LoadOptions> = {
  file: "text",
  mapping: "object",
  externs: "object",
  color: "flag",
  width: "size",
  documentationOf: "function",
};

/**
 * Compiles the text of an interface file and makes its programs and types ready for use, without generated code.
 * @throws InterfaceError if the text has errors.
 * @example
 * const { types } = loadInterface("struct pair { int a; int b; };");
 * const pair = types.get("pair");
 * if (pair !== undefined) console.log(encode(pair, { a: 1, b: 2 }).length); // 8
 */
export function loadInterface(text: string, options: LoadOptions = {}): Interface {
  checkOptions(loadOptions, options);
  const { file = "interface.x", mapping = {}, externs = {}, ...format } = options;
  const modules = Object.fromEntries(Object.keys(externs).map((name) => [name, "externs"]));
  const { module, diagnostics } = compileInterface({ file, text, mapping, externs: modules });
  if (module === undefined) {
    throw new InterfaceError(diagnostics, formatDiagnostics(diagnostics, [{ file, text }], format));
  }
  return interfaceOf(module, { externs });
}
