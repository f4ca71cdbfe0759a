// The public door of the binder's side: finding programs, registering them, and a binder of our own.

export { LockTaken, ProcessLock } from "../machine/process-lock.js";
export { defaultRateLimits, type RateLimits } from "../machine/rate.js";
export type { InheritedSocket } from "../machine/systemd.js";
export type { ListenPlaces } from "../server/listen-everywhere.js";
export { type AskBindersOptions, askBinders, type ListOptions, listRegistrations } from "./ask.js";
export { Binder, type BinderOptions, defaultBinderTimeout } from "./binder.js";
export {
  type BroadcastAnswer,
  type BroadcastOptions,
  defaultBroadcastTimeout,
  longestAnswerQueue,
  type ProcedureOf,
  procedureOf,
} from "./broadcast.js";
export type { BinderChoice } from "./choose-registrar.js";
export type { AskOptions, BinderKey } from "./dialect.js";
export type { Displacement } from "./displacement.js";
export { Rpcbind, type RpcbindOptions } from "./embedded.js";
export { BindingError, type BindingErrorCode } from "./errors.js";
export { broadcast, register, startRpcbind } from "./everyday.js";
export { rpcbindGroup } from "./group.js";
export { type LocatorOptions, rpcbindLocator } from "./locate.js";
export { type BinderPlaces, binderAddresses, parseBinderAddress } from "./places.js";
export type { RegisterOptions, Registration } from "./register.js";
export { type BinderEvent, type BinderLog, type Caller, formatEvent } from "./rpcbind/events.js";
export { privilegedPrograms } from "./rpcbind/privileged.js";
export { defaultRemoteCallLimits, type RemoteCallLimits } from "./rpcbind/remote-calls.js";
export { surveyInterval } from "./rpcbind/survey.js";
export {
  type BinderEntry,
  binderProgram,
  defaultTableLimits,
  RegistrationTable,
  type TableLimits,
} from "./rpcbind/table.js";
export { closeOnSignals } from "./signals.js";
export { fallbackRpcbindPort, rpcbindPort, rpcbindSocket } from "./well-known.js";
