// createDceClient: wires the client to the ways in which servers are found, which do not know each other.
import type { Duplex } from "node:stream";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { type DceClient, type DceClientOptions, makeClient, type Reach } from "./client.js";
import { connectTcp } from "./connect.js";
import type { DceInterface, DceOperations } from "./interface.js";
import { serviceName } from "./service-name.js";
import { endpointMapperPort, parseBinding } from "./target.js";

const clientOptions: OptionTable<DceClientOptions> = {
  timeout: "time",
  byteOrder: ["little", "big"],
  maxStub: "count",
  endpointMapper: "count",
  directory: "directory",
};

/**
 * The server of a client:
 * - a string binding with a port, `ncacn_ip_tcp:host[2049]`
 * - a string binding without one, `ncacn_ip_tcp:host`: the interface's own endpoint is taken, else the host's endpoint mapper is asked
 * - `dir:/.:/services/sample`, a service in a directory, which knows the machines; their endpoint mappers know the ports.
 *   `dir://host:port/.:/services/sample` names the directory server
 * - a function that makes a stream to the server
 */
export type DceTarget = string | (() => Duplex | Promise<Duplex>);

/**
 * Makes a client of an interface. It connects with its first call. Calls that are made at the same time share one
 * association; after it was lost, the next call makes a new one. A call of an `idempotent` operation is sent once more if the
 * association was lost before its reply.
 * @throws TransportError TRANSPORT_BAD_ADDRESS; TypeError for wrong options.
 * @example
 * const ping: DceInterface<{ ping: DceOperation<[], void> }> = {
 *   name: "Ping",
 *   uuid: "b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1",
 *   version: 1,
 *   minor: 0,
 *   endpoints: [],
 *   operations: { ping: { name: "ping", number: 0, params: [] } },
 * };
 * await using server = new DceServer().implement(ping, { ping: () => undefined });
 * const { address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
 * await using client = createDceClient(ping, address);
 * await client.ping();
 */
export function createDceClient<O extends DceOperations>(
  program: DceInterface<O>,
  target: DceTarget,
  options: DceClientOptions = {},
): DceClient<O> {
  checkOptions(clientOptions, options);
  return makeClient(program, reachOf(program, target, options), options);
}

function reachOf(program: DceInterface, target: DceTarget, options: DceClientOptions): Reach {
  if (typeof target === "function") return { peer: "a stream", connect: target };
  const mapperPort = options.endpointMapper ?? endpointMapperPort;
  if (/^dir:/i.test(target)) {
    const service = serviceName(target);
    return {
      peer: target,
      connect: async () => (await import("./names.js")).connectByName(program, service, mapperPort, options.directory),
    };
  }
  const { host, port } = parseBinding(target, program.endpoints);
  return {
    peer: target,
    connect: async () => {
      if (port !== undefined) return connectTcp({ host, port });
      const { mapEndpoint } = await import("./endpoints/lookup.js");
      return connectTcp(await mapEndpoint(program, { host, port: mapperPort }));
    },
  };
}
