// The TypeScript of a definition, without its codec and its comments, for hover and doc.
import type {
  ConstDefinition,
  InterfaceModule,
  ProcedureDefinition,
  Type,
  TypeDefinition,
} from "../../idl/model/model.js";
import { emitConst } from "./consts.js";
import { emitEnum } from "./enums.js";
import { isReserved } from "./reserved.js";
import { Scope } from "./scope.js";
import { emitStructType, emitTypedefType, emitUnionType, typeText } from "./types.js";

/** Prints parts of one interface with the names that its generated file has. */
export class Preview {
  readonly #scope: Scope;

  constructor(module: InterfaceModule) {
    this.#scope = new Scope(module);
  }

  /** `number[]`. */
  type(type: Type): string {
    return typeText(this.#scope, type);
  }

  /** `export interface numbers { ... }`. */
  definition(definition: TypeDefinition | ConstDefinition): string {
    return withoutComments(this.#lines(definition)).join("\n");
  }

  /** `add(arg: numbers, options?: CallOptions): Promise<number>`, as a client has it. */
  method({ method, args, result, stream }: ProcedureDefinition): string {
    const listed = args.map(({ name, type }) => `${isReserved(name) ? `${name}_` : name}: ${this.type(type)}`);
    const [options, returned] = stream ? ["StreamOptions", "AsyncGenerator"] : ["CallOptions", "Promise"];
    return `${method}(${[...listed, `options?: ${options}`].join(", ")}): ${returned}<${this.type(result)}>`;
  }

  #lines(definition: TypeDefinition | ConstDefinition): string[] {
    switch (definition.kind) {
      case "const":
        return emitConst(this.#scope, definition);
      case "struct":
        return emitStructType(this.#scope, definition);
      case "union":
        return emitUnionType(this.#scope, definition);
      case "typedef":
        return emitTypedefType(this.#scope, definition);
      case "enum": {
        const lines = withoutComments(emitEnum(this.#scope, definition, []));
        return lines.slice(0, lines.findIndex((line) => line.startsWith("export type ")) + 1);
      }
    }
  }
}

function withoutComments(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^\s*(?:\/\*\*| \*)/.test(line));
}
