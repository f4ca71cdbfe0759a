// The multicast group of all binders.

/** Where every binder listens for broadcasts over IPv6 (RFC 1833 section 2.2.1; IANA has it for rpcbind). */
export const rpcbindGroup = "ff02::202";
