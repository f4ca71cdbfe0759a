// An endpoint mapper of our own, in one line.
import { checkOptions, type OptionTable } from "../../base/check-options.js";
import { DceServer } from "../server.js";
import { endpointMapperPort, formatBinding } from "../target.js";
import { nilUuid } from "../uuid.js";
import type { DceEndpoint } from "./lookup.js";
import { isFromHere, mapperOf } from "./mapper.js";
import { ept_v3 } from "./system.gen.js";
import { type Endpoint, EndpointTable } from "./table.js";
import { bindingOf } from "./tower.js";

/** Options of `startEndpointMapper`. */
export interface EndpointMapperOptions {
  /** IP addresses to listen at, one or several. Default "127.0.0.1"; "0.0.0.0" lets other machines ask. */
  readonly host?: string | readonly string[];
  /** TCP port. Default 135, which needs root or CAP_NET_BIND_SERVICE; 0 takes a free one. */
  readonly port?: number;
  /** The most endpoints. Default 10,000. */
  readonly maxEndpoints?: number;
  /** The most connections. At the limit, a new one closes another: see DceServerOptions. Default 1,000. */
  readonly maxConnections?: number;
}

const mapperOptions: OptionTable<EndpointMapperOptions> = {
  host: "any",
  port: "count",
  maxEndpoints: "count",
  maxConnections: "count",
};

/**
 * A running endpoint mapper. Made by `startEndpointMapper`.
 * @example
 * await using mapper = await startEndpointMapper({ port: 0 });
 * console.log(mapper.endpoints); // []
 */
export class EndpointMapper implements AsyncDisposable {
  readonly #server: DceServer;
  readonly #table: EndpointTable;
  /** A string binding for programs of this machine: for `DceServer.register` and `lookupEndpoints`. */
  readonly address: string;
  /** Its port, also if the system chose it. */
  readonly port: number;

  /** `startEndpointMapper` calls it. */
  constructor(server: DceServer, table: EndpointTable, address: string, port: number) {
    this.#server = server;
    this.#table = table;
    this.address = address;
    this.port = port;
  }

  /** The string bindings at which it listens. */
  get addresses(): readonly string[] {
    return this.#server.addresses;
  }

  /** The registered endpoints, in the order of their registration. */
  get endpoints(): readonly DceEndpoint[] {
    return this.#table.entries.map(shownEndpoint);
  }

  /** Answers the calls in flight and closes. Never rejects. */
  close(): Promise<void> {
    return this.#server.close();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Starts an endpoint mapper, with which the servers of this machine register their endpoints. Any client may ask it; only programs of this machine
 * may register. Callers from other machines do not see endpoints on the loopback interface.
 * @throws TransportError TRANSPORT_LISTEN_FAILED or TRANSPORT_BAD_ADDRESS; TypeError for wrong options.
 * @example
 * await using mapper = await startEndpointMapper({ port: 0 });
 * await using server = new DceServer();
 * server.implement({ name: "nothing", uuid: newUuid(), version: 1, minor: 0, endpoints: [], operations: {} }, {});
 * await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
 * await server.register({ endpointMapper: mapper.address, annotation: "an example" });
 * console.log(mapper.endpoints[0]?.annotation); // an example
 */
export async function startEndpointMapper(options: EndpointMapperOptions = {}): Promise<EndpointMapper> {
  checkOptions(mapperOptions, options);
  const { host = "127.0.0.1", port = endpointMapperPort, maxEndpoints = 10_000, maxConnections = 1_000 } = options;
  const table = new EndpointTable(maxEndpoints);
  // A registration is small; so is everything that may wait.
  const server = new DceServer({ maxConnections, maxStub: 1024 * 1024, maxCalls: 4, maxContexts: 10 });
  server.implement(ept_v3, mapperOf(table, isFromHere));
  let bound = port;
  try {
    for (const one of typeof host === "string" ? [host] : host) {
      ({ port: bound } = await server.listen(formatBinding({ host: one, port: bound })));
    }
  } catch (error) {
    await server.close();
    throw error;
  }
  const address = (server.addresses[0] ?? "").replace(":0.0.0.0[", ":127.0.0.1[").replace(":::[", ":::1[");
  return new EndpointMapper(server, table, address, bound);
}

function shownEndpoint({ object, tower, annotation }: Endpoint): DceEndpoint {
  const { uuid, major: version, minor } = tower.interfaceId;
  return { uuid, version, minor, ...(object === nilUuid ? {} : { object }), address: bindingOf(tower), annotation };
}
