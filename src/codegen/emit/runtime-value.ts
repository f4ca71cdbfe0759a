// The names of values that generated code may import from the runtime.

/** Functions, codecs and classes of the runtime. */
export type RuntimeValue = keyof typeof import("../v1.js");
