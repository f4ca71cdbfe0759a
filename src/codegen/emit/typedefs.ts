// The codecs of typedefs, and of types without a name.
import type { Type, TypedefDefinition } from "../../idl/model/model.js";
import {
  addMaker,
  codecObject,
  codecType,
  declareCodec,
  enterDecoder,
  type Functions,
  inputText,
  nestEncoder,
  returnDecoded,
} from "./codec-object.js";
import { decodeValue } from "./decode.js";
import { encodeItems } from "./encode.js";
import { existingCodec } from "./existing-codec.js";
import type { Scope } from "./scope.js";
import { definitionShape } from "./shapes.js";
import { pure } from "./text.js";

export function emitTypedefCodec(scope: Scope, definition: TypedefDefinition): string[] {
  const name = scope.nameOf(definition);
  const input = inputText(scope, definition.type, name);
  if (scope.target === "d.ts") return [declareCodec(scope, name, name, input)];
  const existing = existingCodec(scope, definition.type, definition);
  if (existing !== undefined) {
    const maker = scope.partOf(name, "codecOf");
    const type = codecType(scope, name, input);
    addMaker(scope, maker, type, existing);
    return [`export const ${name}${scope.annotation(type)} = ${pure}${maker}();`];
  }
  const shape = definitionShape(scope, definition);
  return codecObject(scope, definition, { name, type: name, input, shape }, valueFunctions(definition.type, name));
}

/** The functions of a codec that has no fields of its own: a typedef's, or that of an argument or a result. */
export function valueFunctions(type: Type, typeName: string): Functions {
  return {
    encode: (body, value) => nestEncoder(body, encodeItems(body, [{ type, value }])),
    decode: (body) => {
      const { before, value } = decodeValue(body, type, "decoded");
      return [...enterDecoder(body), ...before, ...returnDecoded(body, typeName, value)];
    },
  };
}
