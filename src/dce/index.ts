// "lupine/dce": DCE RPC (C706): clients and servers of .idl interfaces, and NDR, the representation of their values.
export type { DceClientAuth, DceProtection, DceServerAuth } from "./auth.js";
export type { DceCallOptions, DceClient, DceClientOptions } from "./client.js";
export { createDceClient, type DceTarget } from "./create-client.js";
export { type DceEndpoint, type LookupEndpointsOptions, lookupEndpoints } from "./endpoints/lookup.js";
export { EndpointMapper, type EndpointMapperOptions, startEndpointMapper } from "./endpoints/mapper-server.js";
export type { RegisterEndpointsOptions } from "./endpoints/register.js";
export { DceFault, DceRejected, DceStatus } from "./errors.js";
export type { DceImplementation, DceIncomingCall } from "./implementation.js";
export type { DceInterface, DceOperation, DceOperations, DceParameter } from "./interface.js";
export type { RegisterNameOptions } from "./names.js";
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
  NdrOperator,
  NdrPointer,
  NdrPrimitive,
  NdrPrimitiveName,
  NdrRange,
  NdrShape,
  NdrString,
  NdrStruct,
  NdrType,
  NdrUnion,
} from "./ndr/types.js";
export type { DceProgram } from "./program.js";
export type { DceAcceptor } from "./reach.js";
export { type DceListener, DceServer, type DceServerOptions } from "./server.js";
export { type DceAddress, endpointMapperPort } from "./target.js";
export { isUuid, newUuid, nilUuid, type Uuid } from "./uuid.js";
