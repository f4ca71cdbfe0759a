// "lupine/server": default limits of a server, the interface of the reply cache, and calls without a reply.
export {
  type CallLimits,
  defaultDatagramReply,
  defaultDrain,
  defaultServerLimits,
  type ListenLimits,
  type MemoryReplyCacheOptions,
  type ReplyCache,
  type ReplyKey,
  type StoredOutcome,
  silence,
} from "../server/index.js";
