// The target of a client: an address, or a host for a locator.
import { show } from "../base/show.js";
import type { Channel } from "../rpc/call.js";
import {
  type Address,
  badNetid,
  checkUnixPath,
  formatAddress,
  fromUniversalAddress,
  isAddress,
  parseAddressOf,
  splitUniversal,
} from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { SchemeOptions } from "../transport/schemes/scheme.js";
import type { TransportName } from "./locator.js";

/**
 * The destination of a client's calls:
 * - `"host"`: the port is looked up at the host's rpcbind; `"udp://host"` the same for UDP
 * - `"tcp://host:port"`, `"udp://host:port"`, `"unix:/path"`
 * - `"tls://host:port"`, `"tls://host"`: TCP with TLS (RFC 9289); the server proves its name before anything is called
 * - a universal address such as `"127.0.0.1.8.1"`, for the transport that `options.netid` names (default TCP)
 * - an Address, for example one of `server.addresses`
 * - a Connection, which the client then owns and closes
 * - a Channel, which several clients may share and which closing a client does not close
 */
export type Target = string | Address | Connection | Channel;

/** How to connect to a target. */
export type Destination =
  | { readonly kind: "fixed"; readonly address: Address }
  | { readonly kind: "lookup"; readonly host: string; readonly transport: TransportName; readonly tls?: boolean };

export interface TargetOptions {
  /** The transport to look up at the host's rpcbind. Default "tcp". */
  readonly transport?: TransportName | undefined;
  /** "tcp", "udp", "tcp6", "udp6" or "local": the transport of a universal address (RFC 5665). Default: TCP. */
  readonly netid?: string | undefined;
  /** Options of connections. URLs of its `schemes` are targets, too. Default: {}. */
  readonly connection?: SchemeOptions | undefined;
}

export function isChannel(target: Target): target is Channel {
  return typeof target === "object" && "call" in target;
}

export function isConnection(target: Target): target is Connection {
  return typeof target === "object" && "send" in target;
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS, which lists the accepted forms; TypeError for a value of another type. */
export function destinationOf(target: string | Address, options: TargetOptions): Destination {
  const { netid, connection } = options;
  if (typeof target !== "string") return fixed(target, connection?.schemes);
  if (netid !== undefined && isUniversal(target)) return fixed(fromUniversalAddress(netid, target));
  if (/^dir:/i.test(target)) {
    throw new TransportError(
      "TRANSPORT_BAD_ADDRESS",
      `${target} is a service, not an address: give it to createClient`,
    );
  }
  const parsed = parseAddressOf(connection?.schemes, target);
  if (parsed.kind !== "host") return fixed(parsed, connection?.schemes);
  const { host } = parsed;
  if (parsed.transport === "tls") return { kind: "lookup", host, transport: "tcp", tls: true };
  const transport = parsed.transport ?? options.transport ?? transportOf(netid);
  return { kind: "lookup", host, transport };
}

function fixed(address: Address, schemes?: SchemeOptions["schemes"]): Destination {
  if (!isAddress(address, schemes)) {
    const example = '"tcp://host:port", or an object such as { kind: "tcp", host, port }';
    throw new TypeError(`the target is ${show(address)}; give an address: ${example}`);
  }
  if (address.kind === "unix") checkUnixPath(address.path);
  if ("port" in address && address.port === 0) {
    const message = `port 0 cannot be called: write the port that ${formatAddress(address)} stands for`;
    throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
  }
  return { kind: "fixed", address };
}

/** A universal address with host and port bytes, or a local path; neither a host nor a URL. */
export function isUniversal(target: string): boolean {
  return target.startsWith("/") || splitUniversal(target) !== undefined;
}

function transportOf(netid = "tcp"): TransportName {
  const [, transport] = /^(tcp|udp)6?$/.exec(netid) ?? [];
  return (transport as TransportName | undefined) ?? (netid === "local" ? "unix" : badNetid(netid));
}

/** The target's name in messages. */
export function destinationText(destination: Destination): string {
  if (destination.kind === "fixed") return formatAddress(destination.address);
  return destination.transport === "tcp" ? destination.host : `${destination.host} (${destination.transport})`;
}
