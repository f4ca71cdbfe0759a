// The names that generated code may import from the runtime. Locals keep clear of all of them, imported or not.
import { primitiveRuntimeNames } from "./primitives.js";
import type { RuntimeValue } from "./runtime-value.js";

/** Types of the runtime. */
export type RuntimeType =
  | "Encodable"
  | "Implementation"
  | "Procedure"
  | "Program"
  | "ProgramGroup"
  | "Shape"
  | "StreamProcedure"
  | "UnknownMember"
  | "XdrReader"
  | "XdrType"
  | "XdrWriter";

// biome-ignore format: a list of words
const values: readonly RuntimeValue[] = [
  "argumentList", "badDiscriminant", "badEnum", "bigInt64Array", "bigUint64Array", "borrowedFixedOpaque",
  "borrowedOpaque", "byteString", "char", "charArray", "charLatin1", "chars", "charText", "checkArray", "checkBool",
  "checkChar", "checkDouble", "checkEntries", "checkFixedArray", "checkFixedOpaque", "checkFloat", "checkInt",
  "checkShort", "checkUnsignedChar", "checkUnsignedInt", "checkUnsignedShort", "doubles", "fixedOpaque",
  "float32Array", "float64Array", "floats", "getBool", "getHyper", "getHyperNumber", "getUnsignedHyper",
  "getUnsignedHyperNumber", "graphType", "hyperNumber", "hypers", "int32Array", "ints", "latin1String",
  "loadNode", "noArguments", "nodeNumber", "nodeReference", "nodeTables", "oneArgument", "opaque", "readLatin1", "readNode",
  "readString", "restoring", "setHyper", "setHyperNumber", "setUnsignedHyper", "setUnsignedHyperNumber",
  "short", "shortArray", "shorts", "string", "uint32Array", "unsignedChar", "unsignedCharArray",
  "unsignedCharLatin1", "unsignedChars", "unsignedCharText", "unsignedHyperNumber", "unsignedHypers", "unsignedInts",
  "unsignedShort", "unsignedShortArray", "unsignedShorts", "writeLatin1", "writeString",
];

export const runtimeNames: ReadonlySet<string> = new Set<string>([
  ...values,
  ...primitiveRuntimeNames,
  ...[
    "ArrayBuffer",
    "Encodable",
    "Procedure",
    "Program",
    "ProgramGroup",
    "Shape",
    "StreamProcedure",
    "streaming",
    "XdrReader",
    "XdrType",
    "XdrWriter",
    "Uint8Array",
    "Exclude",
  ],
]);
