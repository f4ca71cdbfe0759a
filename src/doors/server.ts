// "lupine/server": the limits of a server with their defaults, the reply cache, and calls that get no reply.
export {
  type CallLimits,
  defaultDatagramReply,
  defaultDrain,
  defaultServerLimits,
  type ListenLimits,
  type ReplyCache,
  type ReplyKey,
  type StoredOutcome,
  silence,
} from "../server/index.js";
