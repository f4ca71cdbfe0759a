// The imports of code that is generated from the .idl files of this room; that of users imports "lupine/dce".
export type { DceInterface, DceOperation } from "./interface.js";
export type { ContextHandle } from "./ndr/context-handle.js";
export type { NdrType } from "./ndr/types.js";
