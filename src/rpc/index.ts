// The vocabulary of RPC: programs, calls, credentials, refusals, errors. No I/O, no timers.
export {
  type Admission,
  type Admitted,
  type Answered,
  AuthFlavor,
  AuthStat,
  type BodyWriter,
  type CallHeader,
  type Denied,
  type Dropped,
  type Identity,
  maxAuthBody,
  type OpaqueAuth,
  type ServerAuth,
  type SysIdentity,
} from "./auth.js";
export type {
  Call,
  CallOptions,
  Channel,
  ChannelCall,
  ClientAuth,
  Handler,
  IncomingCall,
  Interceptor,
  Transaction,
  TransactionState,
} from "./call.js";
export {
  type CallPlace,
  type RefusalCode,
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  RpcError,
  type RpcErrorOptions,
  RpcRefused,
  RpcRejected,
  RpcTimeout,
} from "./errors.js";
export { intercept } from "./intercept.js";
export { nullProcedure, ping } from "./null.js";
export type { Procedure, Procedures, Program, ProgramGroup, Semantics } from "./program.js";
export type { Denial, Refusal } from "./refusal.js";
export type { Client, Implementation } from "./stubs.js";
