// "lupine/replies": reply caches that survive the process, or that several servers share.
export { openReplyLog, ReplyLog, type ReplyLogOptions } from "./log.js";
export { openSharedReplies, SharedReplies, type SharedReplyOptions } from "./shared.js";
