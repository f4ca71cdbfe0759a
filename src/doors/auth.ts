// "lupine/auth": authentication flavours, and the interfaces for a flavour of your own.
export {
  acceptNone,
  acceptSys,
  authNone,
  authSys,
} from "../auth/index.js";
export {
  type Admission,
  type Admitted,
  type Answered,
  AuthFlavor,
  AuthStat,
  type BodyWriter,
  type CallHeader,
  type ClientAuth,
  type Denied,
  type Dropped,
  type Identity,
  maxAuthBody,
  type OpaqueAuth,
  type ServerAuth,
  type SysIdentity,
} from "../rpc/index.js";
