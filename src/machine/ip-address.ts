// Properties of an IP address that its text shows: loopback, wildcard, scope.

/** One end of a connection. */
export interface End {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** Whether an IP address is in 127.0.0.0/8, or ::1. */
export function isLoopback(host: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === "::1";
}

/** Whether an IP address stands for all interfaces. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Removes the interface from a link-local address: "fe80::1%eth0" becomes "fe80::1". */
export function withoutScope(host: string): string {
  return host.split("%", 1)[0] as string;
}
