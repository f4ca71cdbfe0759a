// Addresses of DCE: string bindings (C706 section 3.1).
import { TransportError } from "../transport/errors.js";

/** A host and a port of TCP. */
export interface DceAddress {
  /** A host name, or an IP address. */
  readonly host: string;
  /** The port, 0 to 65535. */
  readonly port: number;
}

const form = /^ncacn_ip_tcp:(?<host>[^[\]\s]*)(?:\[(?<port>\d{1,5})\])?$/i;

/**
 * Reads a string binding: `ncacn_ip_tcp:host[port]`. Without a port, that of an endpoint which the interface names is taken.
 * @throws TransportError TRANSPORT_BAD_ADDRESS
 */
export function parseBinding(text: string, endpoints: readonly string[] = []): DceAddress {
  const groups = form.exec(text)?.groups;
  const known = endpoints.map((one) => form.exec(one)?.groups?.["port"]).find((port) => port !== undefined);
  const port = groups?.["port"] ?? known;
  if (groups !== undefined && port !== undefined && Number(port) <= 0xffff) {
    return { host: groups["host"] || "127.0.0.1", port: Number(port) };
  }
  const why =
    groups !== undefined && port === undefined ? "it has no port, and neither has the interface" : "it is malformed";
  throw new TransportError(
    "TRANSPORT_BAD_ADDRESS",
    `bad address ${JSON.stringify(text.slice(0, 200))}: ${why}; give ncacn_ip_tcp:host[port]`,
  );
}

/** The string binding of an address. */
export function formatBinding({ host, port }: DceAddress): string {
  return `ncacn_ip_tcp:${host}[${port}]`;
}
