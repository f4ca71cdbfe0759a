// Where binders listen. By themselves: bundlers load apart what is used later, but not what shares a file with them.

/** Over TCP and UDP. */
export const rpcbindPort = 111;

/** On Linux, for programs of the same machine. */
export const rpcbindSocket = "/run/rpcbind.sock";

/** The port where `register` starts a binder if the machine has none. Look-ups on this machine try it last. */
export const fallbackRpcbindPort = 10_111;
