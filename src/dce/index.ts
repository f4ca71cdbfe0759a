// "lupine/dce": DCE RPC (C706): clients and servers of .idl interfaces, and NDR, the representation of their values.
export {
  createDceClient,
  type DceCallOptions,
  type DceClient,
  type DceClientOptions,
  type DceTarget,
} from "./client.js";
export { DceFault, DceRejected, DceStatus } from "./errors.js";
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
export {
  type DceImplementation,
  type DceIncomingCall,
  type DceListener,
  DceServer,
  type DceServerOptions,
} from "./server.js";
export { isUuid, newUuid, nilUuid, type Uuid } from "./uuid.js";
