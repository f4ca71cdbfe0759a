// The default limits of listeners. A server knows them before it loads the code of listeners.

/** The most open connections of a listener. */
export const defaultMaxConnections = 4096;
/** The most connections that wait to be accepted. With the 511 of Node, some of a crowd of clients that connect at once wait a second: the system drops the first attempt. */
export const defaultBacklog = 4096;
/** The most open connections of a listener from one address (for IPv6, one /64 network). */
export const defaultMaxConnectionsPerAddress = 1024;
/** Milliseconds without traffic after which a listener closes a connection. */
export const defaultIdleTimeout = 10 * 60 * 1000;
/**
 * Milliseconds in which a new connection must send its first record while more than half of the allowed connections are
 * open.
 */
export const defaultFirstRecordTimeout = 10_000;
