// Addresses as people and binders write them.

/** Where a peer or a listener is. */
export type Address =
  | { readonly kind: "tcp" | "udp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "memory"; readonly name: string };
