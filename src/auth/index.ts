// Authentication flavors: what a client shows and what a server takes.
export { acceptNone, authNone } from "./none.js";
export { acceptSys, authSys } from "./sys.js";
export { maxGids, maxMachineName } from "./sys-credential.js";
