// Registers a server with an endpoint mapper, until it closes. Loaded when it is used.

import { checkOptions, type OptionTable } from "../../base/check-options.js";
import { systemClock } from "../../base/clock.js";
import { texts } from "../../base/option-kinds.js";
import type { DceInterface } from "../interface.js";
import { parseAddress } from "../target.js";
import { nilUuid, type Uuid } from "../uuid.js";
import { checkStatus, mapperClient } from "./lookup.js";
import type { entry as WireEntry } from "./system.gen.js";
import { structOf } from "./system-types.js";
import { tcpTower } from "./tower.js";

/** Options of `DceServer.register`. */
export interface RegisterEndpointsOptions {
  /** The endpoint mapper: a string binding. Default that of this machine, `ncacn_ip_tcp:127.0.0.1[135]`. */
  readonly endpointMapper?: string;
  /** A description of the server, for lists of endpoints: at most 63 bytes. Default: empty. */
  readonly annotation?: string;
  /** The objects (UUIDs) that the server has. Default: none, so that it serves calls for any object. */
  readonly objects?: readonly Uuid[];
}

const registerOptions: OptionTable<RegisterEndpointsOptions> = {
  endpointMapper: "text",
  annotation: "text",
  objects: texts,
};

/** Milliseconds between two repetitions of a registration. */
const renewal = 60_000;

/** A server, as it is registered. */
export interface RegisteredServer {
  readonly interfaces: readonly Pick<DceInterface, "uuid" | "version" | "minor">[];
  /** String bindings with a port. */
  readonly addresses: readonly string[];
}

/** Registers a server. Disposing of the result withdraws it, and never rejects. */
export async function registerEndpoints(
  server: RegisteredServer,
  options: RegisterEndpointsOptions,
): Promise<AsyncDisposable> {
  checkOptions(registerOptions, options);
  const { endpointMapper = "ncacn_ip_tcp:127.0.0.1", annotation = "" } = options;
  if (Buffer.byteLength(annotation) > 63) throw new TypeError("options.annotation has more than 63 bytes");
  const entries = entriesOf(server, options);
  const insert = (): Promise<void> => insertEntries(endpointMapper, entries, server.addresses.length);
  await insert();
  const timer = systemClock.setInterval(() => insert().catch(() => undefined), renewal);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      systemClock.clearTimeout(timer);
      await deleteEntries(endpointMapper, entries).catch(() => undefined);
    },
  };
}

/** @throws TypeError if nothing is to be registered. */
export function entriesOf(
  { interfaces, addresses }: RegisteredServer,
  { annotation = "", objects = [nilUuid] }: RegisterEndpointsOptions,
): WireEntry[] {
  if (interfaces.length === 0) throw new TypeError("there is nothing to register: call implement first");
  if (addresses.length === 0) throw new TypeError("the server listens nowhere: call listen before register");
  const towers = interfaces.flatMap(({ uuid, version: major, minor }) =>
    addresses.map(parseAddress).map(({ host, port }) => tcpTower({ uuid, major, minor }, known(host), port)),
  );
  return objects.flatMap((object) =>
    towers.map((octets) => ({ object: structOf(object), tower: { octets }, annotation })),
  );
}

/** Sends `together` entries in one call: they differ only in their addresses, and each call would replace those of the call before. */
export async function insertEntries(mapper: string, entries: readonly WireEntry[], together: number): Promise<void> {
  await using client = mapperClient(mapper);
  for (const some of portions(entries, together)) checkStatus((await client.eptInsert(some, 1)).status);
}

export async function deleteEntries(mapper: string, entries: readonly WireEntry[]): Promise<void> {
  await using client = mapperClient(mapper);
  for (const some of portions(entries, 1)) checkStatus((await client.eptDelete(some)).status);
}

/** Endpoint mappers take a limited number at once; ours 500. */
function portions(entries: readonly WireEntry[], together: number): WireEntry[][] {
  const size = Math.max(1, Math.floor(100 / together)) * together;
  return Array.from({ length: Math.ceil(entries.length / size) }, (_, i) => entries.slice(i * size, (i + 1) * size));
}

/** Towers can only have IPv4 addresses. */
function known(host: string): string {
  return host === "::1" || host === "localhost" ? "127.0.0.1" : host;
}
