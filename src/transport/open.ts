// Opens connections by address. This file and open-listener.ts are the only ones that know all transports.
import type { Address } from "./address.js";
import type { ConnectOptions } from "./connect.js";
import type { Connection } from "./connection.js";
import type { MemoryNetwork, MemoryOptions } from "./memory.js";
import { networkOf, resolveAddress } from "./resolve.js";
import { connectTcp, type TcpConnectOptions } from "./tcp.js";
import type { UdpConnectOptions } from "./udp.js";

/** Options of `openConnection`. Each transport uses those that apply to it. */
export interface OpenConnectionOptions
  extends ConnectOptions,
    Omit<Partial<TcpConnectOptions>, keyof ConnectOptions | "host" | "port">,
    Pick<UdpConnectOptions, "takeFromElsewhere"> {
  /** The network of `memory:` names. */
  readonly network?: MemoryNetwork;
}

/**
 * Connects to an address or its text: `tcp://host:port`, `udp://host:port`, `unix:/path`, `memory:name`.
 * @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, await openConnection(address));
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export async function openConnection(
  address: Address | string,
  options: OpenConnectionOptions = {},
): Promise<Connection> {
  const where = resolveAddress(address);
  switch (where.kind) {
    case "tcp":
      return connectTcp({ ...options, host: where.host, port: where.port });
    case "udp": {
      // Most programs use TCP: the code for UDP is loaded when it is used.
      const { connectUdp } = await import("./udp.js");
      return connectUdp({ ...options, host: where.host, port: where.port });
    }
    case "unix": {
      const { connectUnix } = await import("./unix-connect.js");
      return connectUnix({ ...options, path: where.path });
    }
    case "memory":
      return networkOf(where.name, options).connect(where.name, memoryOptions(options));
  }
}

function memoryOptions(options: OpenConnectionOptions): MemoryOptions {
  const { maxMessage, highWaterMark } = options;
  return {
    ...(maxMessage === undefined ? {} : { maxMessage }),
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  };
}
