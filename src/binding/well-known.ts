// Where binders listen. In a file of their own, so that bundlers can keep code that is loaded later out of the main
// bundle.

/** The port of rpcbind over TCP and UDP. */
export const rpcbindPort = 111;

/** The Unix socket of rpcbind on Linux, for programs of the same machine. */
export const rpcbindSocket = "/run/rpcbind.sock";

/** The port where `register` starts a binder if the machine has none. Look-ups on this machine try it last. */
export const fallbackRpcbindPort = 10_111;
