// The possible addresses of a host's binder.

import type { OptionTable } from "../base/check-options.js";
import type { TransportName } from "../client/locator.js";
import { isLoopback } from "../machine/ip-address.js";
import { type Address, parseAddress } from "../transport/address.js";
import { fallbackRpcbindPort, rpcbindPort, rpcbindSocket } from "./well-known.js";

/** The usual places. Replaced in tests and on machines with other places. */
export interface BinderPlaces {
  /** Default 111. */
  readonly port?: number;
  /** Default "/run/rpcbind.sock". */
  readonly socket?: string;
  /** Default 10111. */
  readonly fallbackPort?: number;
}

export const placeOptions: OptionTable<BinderPlaces> = { port: "count", socket: "text", fallbackPort: "count" };

/** Whether a host, as its user wrote it, certainly is this machine. */
export function isThisMachine(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}

/**
 * The addresses to ask, best first. A binder answers for the transport of the question, so the program's own transport
 * comes first; the other is for binders that listen on one only.
 */
export function binderAddresses(host: string, transport: TransportName, places: BinderPlaces = {}): Address[] {
  const port = places.port ?? rpcbindPort;
  const tcp = { kind: "tcp" as const, host, port };
  const udp = { kind: "udp" as const, host, port };
  if (!isThisMachine(host)) return transport === "udp" ? [udp, tcp] : [tcp, udp];
  const socket: Address = { kind: "unix", path: places.socket ?? rpcbindSocket };
  const fallbackPort = places.fallbackPort ?? fallbackRpcbindPort;
  const fallback = { host: "127.0.0.1", port: fallbackPort };
  if (transport === "udp") return [udp, tcp, socket, { ...udp, ...fallback }];
  return transport === "unix" ? [socket, tcp, { ...tcp, ...fallback }] : [tcp, socket, udp, { ...tcp, ...fallback }];
}

/**
 * A binder's address as its user wrote it: an address URL, `host:port`, or a host whose port is 111.
 * @throws TransportError TRANSPORT_BAD_ADDRESS
 */
export function parseBinderAddress(text: string, transport: TransportName = "tcp"): Address {
  const kind = transport === "udp" ? "udp" : "tcp";
  const hasPort = /^(\[[^\]]+\]|[^:/]+):\d+$/.test(text) && !/^(unix|memory):/.test(text);
  const parsed = parseAddress(hasPort ? `${kind}://${text}` : text);
  return parsed.kind === "host" ? { kind: parsed.transport ?? kind, host: parsed.host, port: rpcbindPort } : parsed;
}

/**
 * Where to ask a binder that its user named: over both transports, unless the text is a URL, which names one.
 * @throws TransportError TRANSPORT_BAD_ADDRESS
 */
export function givenBinder(text: string, transport: TransportName): Address[] {
  const address = parseBinderAddress(text, transport);
  if (text.includes(":/") || !(address.kind === "tcp" || address.kind === "udp")) return [address];
  return [address, { ...address, kind: address.kind === "tcp" ? "udp" : "tcp" }];
}
