// What generated code may import from the runtime. Locals keep clear of all of them, imported or not.

/** Types of the runtime. */
export type RuntimeType =
  | "Procedure"
  | "Program"
  | "ProgramGroup"
  | "Quadruple"
  | "XdrReader"
  | "XdrType"
  | "XdrWriter";

// biome-ignore format: a list of words
const values = [
  "argumentList", "badDiscriminant", "badEnum", "bool", "checkArray", "checkBool", "checkDouble", "checkEntries", "checkFixedArray",
  "checkFixedOpaque", "checkFloat", "checkInt", "checkUnsignedInt", "double", "doubles", "fixedOpaque", "float", "floats", "getBool",
  "getHyper", "getUnsignedHyper", "hyper", "hypers", "int", "ints", "noArguments", "oneArgument", "opaque", "quadruple", "setHyper",
  "setUnsignedHyper", "string", "unsignedHyper", "unsignedHypers", "unsignedInt", "unsignedInts", "voidType",
] as const;

/** Functions, codecs and classes of the runtime. */
export type RuntimeValue = (typeof values)[number];

export const runtimeNames: ReadonlySet<string> = new Set<string>([
  ...values,
  ...[
    "Procedure",
    "Program",
    "ProgramGroup",
    "Quadruple",
    "XdrReader",
    "XdrType",
    "XdrWriter",
    "Uint8Array",
    "Exclude",
  ],
]);
