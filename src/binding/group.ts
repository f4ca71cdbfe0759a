// The multicast groups that reach binders.

/**
 * The group on which binders listen for broadcasts over IPv6 (RFC 1833 section 2.2.1; assigned by IANA for rpcbind).
 */
export const rpcbindGroup = "ff02::202";

/**
 * The group of all machines of a network (RFC 4291 section 2.7.1). Debian's rpcbind is reached only there: it joins the
 * binders' group through a socket that it closes at once.
 */
export const allNodesGroup = "ff02::1";
