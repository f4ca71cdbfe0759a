// The names that generated code may import from the runtime. Locals keep clear of all of them, imported or not.

/** Types of the runtime. */
export type RuntimeType =
  | "Encodable"
  | "Implementation"
  | "Procedure"
  | "Program"
  | "ProgramGroup"
  | "Quadruple"
  | "Shape"
  | "UnknownMember"
  | "XdrReader"
  | "XdrType"
  | "XdrWriter";

// biome-ignore format: a list of words
const values = [
  "argumentList", "badDiscriminant", "badEnum", "bigInt64Array", "bigUint64Array", "bool", "borrowedFixedOpaque",
  "borrowedOpaque", "byteString", "char", "charArray", "charLatin1", "chars", "charText", "checkArray", "checkBool",
  "checkChar", "checkDouble", "checkEntries", "checkFixedArray", "checkFixedOpaque", "checkFloat", "checkInt",
  "checkShort", "checkUnsignedChar", "checkUnsignedInt", "checkUnsignedShort", "double", "doubles", "fixedOpaque",
  "float", "float32Array", "float64Array", "floats", "getBool", "getHyper", "getHyperNumber", "getUnsignedHyper",
  "getUnsignedHyperNumber", "hyper", "hyperNumber", "hypers", "int", "int32Array", "ints", "latin1String",
  "noArguments", "oneArgument", "opaque", "quadruple", "readLatin1", "setHyper", "setHyperNumber", "setUnsignedHyper",
  "setUnsignedHyperNumber", "short", "shortArray", "shorts", "string", "uint32Array", "unsignedChar",
  "unsignedCharArray", "unsignedCharLatin1", "unsignedChars", "unsignedCharText", "unsignedHyper",
  "unsignedHyperNumber", "unsignedHypers", "unsignedInt", "unsignedInts", "unsignedShort", "unsignedShortArray",
  "unsignedShorts", "voidType", "writeLatin1",
] as const;

/** Functions, codecs and classes of the runtime. */
export type RuntimeValue = (typeof values)[number];

export const runtimeNames: ReadonlySet<string> = new Set<string>([
  ...values,
  ...[
    "ArrayBuffer",
    "Encodable",
    "Procedure",
    "Program",
    "ProgramGroup",
    "Quadruple",
    "Shape",
    "XdrReader",
    "XdrType",
    "XdrWriter",
    "Uint8Array",
    "Exclude",
  ],
]);
