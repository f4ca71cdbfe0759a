// Addresses of DCE: string bindings (C706 section 3.1), and names of services in a directory.
import { TransportError } from "../transport/errors.js";

/** A host and a port of TCP. */
export interface DceAddress {
  /** A host name, or an IP address. */
  readonly host: string;
  /** The port, 0 to 65535. */
  readonly port: number;
}

/** The port of endpoint mappers. */
export const endpointMapperPort = 135;

const form = /^ncacn_ip_tcp:(?<host>[^[\]\s]*)(?:\[(?<port>\d{1,5})\])?$/i;

/**
 * Reads a string binding: `ncacn_ip_tcp:host[port]`. The default port is that of the endpoint in the interface
 * file. It is undefined if the file has no endpoint: the host's endpoint mapper knows the port then.
 * @throws TransportError TRANSPORT_BAD_ADDRESS
 */
export function parseBinding(
  text: string,
  endpoints: readonly string[] = [],
): { host: string; port: number | undefined } {
  const groups = form.exec(text)?.groups;
  const known = endpoints.map((one) => form.exec(one)?.groups?.["port"]).find((port) => port !== undefined);
  const port = groups?.["port"] ?? known;
  if (groups === undefined || Number(port ?? 0) > 0xffff) throw badBinding(text, "it is malformed");
  return { host: groups["host"] || "127.0.0.1", port: port === undefined ? undefined : Number(port) };
}

/** Reads a string binding with a port. @throws TransportError TRANSPORT_BAD_ADDRESS */
export function parseAddress(text: string): DceAddress {
  const { host, port } = parseBinding(text);
  if (port === undefined) throw badBinding(text, "it has no port");
  return { host, port };
}

/** The string binding of an address. */
export function formatBinding({ host, port }: DceAddress): string {
  return `ncacn_ip_tcp:${host}[${port}]`;
}

function badBinding(text: string, why: string): TransportError {
  const shown = JSON.stringify(text.slice(0, 200));
  return new TransportError(
    "TRANSPORT_BAD_ADDRESS",
    `bad address ${shown}: ${why}; write it like ncacn_ip_tcp:host[2049]`,
  );
}
