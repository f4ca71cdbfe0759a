// "lupine/dce": DCE RPC (C706): NDR, the representation of its values, in both byte orders.
export type { DceInterface, DceOperation, DceOperations, DceParameter } from "./interface.js";
export { type ByteOrder, decodeNdr, defaultMaxStub, encodeNdr, type NdrOptions } from "./ndr/codec.js";
export { ContextHandle } from "./ndr/context-handle.js";
export { NdrError, type NdrErrorCode } from "./ndr/errors.js";
export type {
  NdrArm,
  NdrArray,
  NdrContextHandle,
  NdrEnum,
  NdrExpression,
  NdrField,
  NdrPointer,
  NdrPrimitive,
  NdrPrimitiveName,
  NdrShape,
  NdrString,
  NdrStruct,
  NdrType,
  NdrUnion,
} from "./ndr/types.js";
export { isUuid, newUuid, nilUuid, type Uuid } from "./uuid.js";
