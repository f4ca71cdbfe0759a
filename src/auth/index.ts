// Authentication flavors: the credentials that a client sends, and how a server checks them.
export { acceptNone } from "./accept-none.js";
export { authNone } from "./none.js";
export { acceptSys, authSys } from "./sys.js";
export { maxGids, maxMachineName } from "./sys-credential.js";
