// "lupine/server": default limits of a server, the interface of the reply cache, and calls without a reply.
export {
  type CallerKey,
  type CallLimits,
  defaultDatagramReply,
  defaultDrain,
  defaultServerLimits,
  type FalseRetry,
  type ListenLimits,
  type MemoryReplyCacheOptions,
  type NewCall,
  type ReplyCache,
  type ReplyKey,
  type ReplyVerdict,
  type RunningCall,
  type StoredOutcome,
  silence,
} from "../server/index.js";
