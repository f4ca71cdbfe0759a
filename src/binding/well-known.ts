// Where binders listen. By themselves: bundlers load apart what is used later, but not what shares a file with them.

/** Over TCP and UDP. */
export const rpcbindPort = 111;

/** On Linux, for programs of the same machine. */
export const rpcbindSocket = "/run/rpcbind.sock";

/** Where `register` starts a binder of our own when the machine has none, and where look-ups on this machine go last. */
export const fallbackRpcbindPort = 10_111;
