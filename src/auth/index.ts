// Authentication flavors: what a client shows and what a server takes.
export { acceptNone, authNone } from "./none.js";
export { acceptShort } from "./short.js";
export { defaultShortHandles, ShortHandles } from "./short-handles.js";
export { type AcceptSysOptions, acceptSys, authSys } from "./sys.js";
export { maxGids, maxMachineName } from "./sys-credential.js";
