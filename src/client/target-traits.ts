// The kinds of targets that options distinguish: one server or several, and how it is reached.
import { isIP } from "node:net";
import { type Address, formatAddress } from "../transport/address.js";
import { isModuleTarget, isServiceTarget, parseServiceTarget } from "./service-target.js";
import { destinationOf, isChannel, isConnection, isUniversal, type Target, type TargetOptions } from "./target.js";

/** A source of endpoints, as far as this room uses it; the pool uses the rest. */
export interface EndpointSource {
  readonly name: string;
  watch(...args: never): unknown;
}

/** Several servers: a service of a directory (`dir:`), a host name with several addresses, a list, another source of endpoints. */
export type PoolTarget = string | Address | readonly (string | Address)[] | EndpointSource | LocalServer;

/** A server of this process, as far as this room uses it. */
export interface LocalServer {
  implement(...args: never): unknown;
}

export interface TargetTraits {
  /**
   * `dir:`, `list` (or another source of endpoints, or `worker:` and `process:`), `server` (of this process, reached by a connection of its own), `connection`, `channel`; or `address`, and of it the transport, `host name`,
   * `host without port` (its rpcbind is asked), `universal address`.
   */
  readonly kinds: readonly string[];
  /** The target's name in messages. */
  readonly name: string;
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS; TypeError for a list that is empty. */
export function traitsOf(target: Target | PoolTarget, options: TargetOptions): TargetTraits {
  if (isServiceTarget(target)) {
    // Ignore the directory that the target names: options do not depend on it.
    const kind = parseServiceTarget(target).url === undefined ? "dir:" : "dir://";
    return { kinds: [kind], name: target };
  }
  if (isModuleTarget(target)) return { kinds: ["list"], name: target };
  if (Array.isArray(target)) {
    if (target.length === 0) throw new TypeError("the list of targets is empty: give at least one");
    for (const one of target) destinationOf(one, options);
    return { kinds: ["list"], name: "a list of targets" };
  }
  const one = target as Exclude<typeof target, readonly unknown[]>;
  if (typeof one === "object" && one !== null) {
    if (isChannel(one as Target)) return { kinds: ["channel"], name: "a channel" };
    if (isConnection(one as Target)) return { kinds: ["connection"], name: "a connection" };
    if ("implement" in one) return { kinds: ["server", "connection"], name: "a server" };
    if ("watch" in one) return { kinds: ["list"], name: one.name };
  }
  return addressTraits(one as string | Address, options);
}

function addressTraits(target: string | Address, options: TargetOptions): TargetTraits {
  const destination = destinationOf(target, options);
  const isText = typeof target === "string";
  const isLookup = destination.kind === "lookup";
  const kinds = ["address", isLookup ? destination.transport : destination.address.kind];
  if (isText && isUniversal(target)) kinds.push("universal address");
  if (isLookup) kinds.push("host without port");
  const { host } = (isLookup ? destination : destination.address) as { host?: string };
  if (host !== undefined && isIP(host) === 0) kinds.push("host name");
  return { kinds, name: isText ? target : formatAddress(target) };
}
