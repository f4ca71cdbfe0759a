// The multicast groups that reach binders.

/** Where every binder listens for broadcasts over IPv6 (RFC 1833 section 2.2.1; IANA has it for rpcbind). */
export const rpcbindGroup = "ff02::202";

/**
 * Where every machine of a network listens (RFC 4291 section 2.7.1). Debian's rpcbind is reached there alone: it joins
 * the group of binders through a socket that it closes at once.
 */
export const allNodesGroup = "ff02::1";
