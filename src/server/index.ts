// The server's side: programs and what serves them.

export type { Accept, ServerListenOptions } from "./accepting.js";
export { type AllowRule, allow, allowLoopback, allowNetworks, allowUsers } from "./allow.js";
export type { Usage } from "./budget.js";
export type { CallerKey } from "./caller-key.js";
export { type CallLimits, defaultServerLimits, type ListenLimits, type ServerLimits } from "./limits.js";
export { type MemoryReplyCacheOptions, memoryReplyCache } from "./memory-reply-cache.js";
export { defaultDrain, type RefusedCall, type RepeatedCall, type ServerOptions, type ServerStats } from "./options.js";
export type { ImplementOptions } from "./programs.js";
export { defaultDatagramReply } from "./programs.js";
export { deny, type RefuseOptions, refuse } from "./refuse.js";
export type {
  FalseRetry,
  NewCall,
  ReplyCache,
  ReplyKey,
  ReplyVerdict,
  RunningCall,
  StoredOutcome,
} from "./reply-cache.js";
export { Server } from "./server.js";
export { silence } from "./silence.js";
