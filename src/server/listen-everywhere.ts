// Opens the listeners of a daemon: TCP and maybe UDP on one port of some interfaces, a Unix socket, or sockets that it
// inherits.

import type { InheritedSocket } from "../machine/systemd.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { loadListeners } from "../transport/open-listener.js";
import type { OpenListenerOptions } from "../transport/schemes/scheme.js";
import type { Server } from "./server.js";
import type { TlsListenOptions } from "./tls-options.js";

/** Permissions of a Unix socket. */
export const defaultUnixMode = 0o600;

/** The addresses that a binder or a directory server listens on. */
export interface ListenPlaces {
  /** TCP port; 0 takes a free one. Default 111 for a binder, 10112 for a directory server. */
  readonly port?: number;
  /**
   * The interface, or several: IP addresses. Default "127.0.0.1", only this machine; "0.0.0.0" for all of IPv4, "::"
   * for all of IPv6 and, unless an IPv4 address is given too, of IPv4.
   */
  readonly host?: string | readonly string[];
  /** Path of a Unix socket to serve as well: "/run/rpcbind.sock" is where C programs look for a binder. Default: none. */
  readonly unixPath?: string;
  /** Permissions of the Unix socket. Default 0o600. */
  readonly unixMode?: number;
  /** Sockets that are already listening, for example from systemd. The server then opens no other sockets. Default: none. */
  readonly inherited?: readonly InheritedSocket[];
}

export interface ListenPlan extends ListenPlaces {
  readonly port: number;
  readonly udp: boolean;
  /** Multicast groups that UDP on "::" joins. */
  readonly groups?: readonly string[];
  readonly options?: OpenListenerOptions;
  /** TLS of the TCP listeners. */
  readonly tls?: TlsListenOptions | undefined;
}

/** The daemon's `host` (default 127.0.0.1), or the creator of its sockets, decides which interfaces it serves. */
const chosen = { accept: "network" } as const;

/** @throws TransportError TRANSPORT_LISTEN_FAILED. The caller closes the server, and with it the listeners opened so far. */
export async function listenEverywhere(server: Server, plan: ListenPlan): Promise<void> {
  const { host = "127.0.0.1", unixPath, unixMode = defaultUnixMode, inherited = [], options } = plan;
  await loadListeners();
  for (const { fd, address } of inherited) {
    await server.listen(address, {
      ...options,
      ...chosen,
      ...tlsFor(address, plan),
      fd,
      groups: groupsOf(address, plan),
    });
  }
  if (inherited.length > 0) return;
  const hosts = typeof host === "string" ? [host] : host;
  let { port } = plan;
  for (const one of hosts) {
    try {
      port = await listenAt(server, one, port, hosts, plan);
    } catch (error) {
      if (!isWithoutVersion6(error) || one === hosts[0]) throw error;
    }
  }
  if (unixPath !== undefined) await server.listen({ kind: "unix", path: unixPath }, { ...options, mode: unixMode });
}

/** TCP first: if any port is allowed, UDP uses the port that TCP got. @returns that port. */
async function listenAt(
  server: Server,
  host: string,
  wanted: number,
  hosts: readonly string[],
  plan: ListenPlan,
): Promise<number> {
  const ipv6Only = host.includes(":") && hosts.some((other) => !other.includes(":"));
  const tcp: Address = { kind: "tcp", host, port: wanted };
  const { address } = await server.listen(tcp, { ...plan.options, ...chosen, ...tlsFor(tcp, plan), ipv6Only });
  const port = "port" in address ? address.port : wanted;
  if (!plan.udp) return port;
  const udp: Address = { kind: "udp", host, port };
  await server.listen(udp, { ...chosen, ipv6Only, groups: groupsOf(udp, plan) });
  return port;
}

function tlsFor({ kind }: Address, { tls }: ListenPlan): { tls?: TlsListenOptions } {
  return tls === undefined || kind !== "tcp" ? {} : { tls };
}

function groupsOf(address: Address, { groups = [] }: ListenPlan): readonly string[] {
  return address.kind === "udp" && address.host === "::" ? groups : [];
}

/** This system has no IPv6: "all addresses" then means all of IPv4. */
function isWithoutVersion6(error: unknown): boolean {
  return ["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(systemCode(error));
}

/** Another program has the port. */
export function isTaken(error: unknown): boolean {
  return systemCode(error) === "EADDRINUSE";
}

function systemCode(error: unknown): string {
  const cause = error instanceof TransportError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code ?? "";
}
