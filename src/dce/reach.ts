// How a client reaches one server: over TCP, a stream, or memory.
import { type Duplex, duplexPair } from "node:stream";
import type { Reach } from "./channel.js";
import type { DceClientOptions } from "./client.js";
import { connectTcp } from "./connect.js";
import type { DceInterface } from "./interface.js";
import { endpointMapperPort, parseBinding } from "./target.js";

/** Accepts connections: a `DceServer` is one. */
export interface DceAcceptor {
  /** Serves one connection. */
  accept(stream: Duplex): void;
}

/** How one server is reached. @throws TransportError TRANSPORT_BAD_ADDRESS */
export function reachOf(
  program: DceInterface,
  target: string | (() => Duplex | Promise<Duplex>) | DceAcceptor,
  options: DceClientOptions,
): Reach {
  if (typeof target === "function") return overStream("a stream", target);
  if (typeof target === "object") {
    return overStream("a server of this process", () => {
      const [near, far] = duplexPair();
      target.accept(far);
      return near;
    });
  }
  const mapperPort = options.endpointMapper ?? endpointMapperPort;
  const { host, port } = parseBinding(target, program.endpoints);
  return {
    peer: target,
    remote: { kind: "tcp", host, port: port ?? 0 },
    connect: async (wanted, signal) => {
      if (port !== undefined) return connectTcp({ host, port }, signal);
      const { mapEndpoint } = await import("./endpoints/lookup.js");
      return connectTcp(await mapEndpoint(wanted, { host, port: mapperPort }, signal), signal);
    },
  };
}

function overStream(peer: string, connect: () => Duplex | Promise<Duplex>): Reach {
  return { peer, remote: { kind: "memory", name: peer }, connect };
}
