// Services by name: a directory knows the machine, the machine's endpoint mapper knows the port. Loaded when it is used.
import type { Socket } from "node:net";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";
import type { Directory, ServiceEntry } from "../directory/index.js";
import { parseAddress } from "../transport/address.js";
import { connectTcp } from "./connect.js";
import { mapEndpoint } from "./endpoints/lookup.js";
import { DceRejected } from "./errors.js";
import type { DceInterface } from "./interface.js";
import { type ServiceName, serviceName } from "./service-name.js";
import type { DceAddress } from "./target.js";

/** Options of `DceServer.registerName`. */
export interface RegisterNameOptions {
  /** The directory, or its URL. Default: that of `openDirectory`. */
  readonly directory?: Directory | string | undefined;
  /** The host name or IP address at which clients reach this machine. */
  readonly machine: string;
  /** Lower numbers are called first, 0 to 65,535. Default 0. */
  readonly priority?: number;
  /** The share of clients among servers of one priority, 1 to 65,535. Default 1. */
  readonly weight?: number;
}

const nameOptions: OptionTable<RegisterNameOptions> = {
  directory: "directory",
  machine: "text",
  priority: "any",
  weight: "any",
};

export async function registerName(
  name: string,
  interfaces: readonly DceInterface[],
  options: RegisterNameOptions,
): Promise<AsyncDisposable> {
  checkOptions(nameOptions, options);
  const { directory: given, machine, ...rank } = options;
  if (typeof machine !== "string" || machine === "") {
    throw new TypeError(
      "options.machine is missing: give the host name or IP address at which clients reach this machine",
    );
  }
  if (interfaces.length === 0) throw new TypeError("there is nothing to register: call implement first");
  const { path } = serviceName(name);
  const { directory, [Symbol.asyncDispose]: close } = await opened(given);
  try {
    const lease = await directory.register(path, { versions: interfaces.map(versionOf), addresses: [machine] }, rank);
    return {
      async [Symbol.asyncDispose]() {
        await lease.withdraw();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Connects to the first server of a service that can be reached. @throws Error, RpcError, DirectoryError */
export async function connectByName(
  program: DceInterface,
  { path, url }: ServiceName,
  mapperPort: number,
  given: Directory | string | undefined,
): Promise<Socket> {
  await using source = await opened(given ?? url);
  const entries = (await source.directory.lookup(path)).filter((entry) => isServing(entry, program));
  const addresses = inOrder(entries).flatMap((one) => one.addresses);
  let last: unknown = new DceRejected(
    `no server of ${program.name} is registered as ${path} in the ${source.directory.name}`,
  );
  for (const address of addresses) {
    try {
      return await connectTcp(await locate(program, address, mapperPort));
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** An address with a port needs no endpoint mapper. */
async function locate(program: DceInterface, text: string, mapperPort: number): Promise<DceAddress> {
  const address = parseAddress(text);
  if (address.kind === "tcp") return { host: address.host, port: address.port };
  if (address.kind === "host") return mapEndpoint(program, { host: address.host, port: mapperPort });
  throw new Error(`${text} is not an address of DCE RPC`);
}

/** Directories have numbers of programs: that of a DCE interface is the first group of its UUID. */
function versionOf({ uuid, version }: DceInterface): { program: number; version: number } {
  return { program: Number.parseInt(uuid.slice(0, 8), 16), version };
}

function isServing({ versions }: ServiceEntry, program: DceInterface): boolean {
  const wanted = versionOf(program);
  return (
    versions.length === 0 || versions.some((one) => one.program === wanted.program && one.version === wanted.version)
  );
}

/** Lower priority numbers first; among equal ones in random order, heavier ones more often first (RFC 2782). */
function inOrder(entries: readonly ServiceEntry[]): ServiceEntry[] {
  const ranked = entries.map((entry) => {
    const chance = -Math.log(1 - systemClock.random()) / (entry.weight ?? 1);
    return { entry, priority: entry.priority ?? 0, chance };
  });
  ranked.sort((a, b) => a.priority - b.priority || a.chance - b.chance);
  return ranked.map(({ entry }) => entry);
}

/** The caller's directory stays open. */
async function opened(given: Directory | string | undefined): Promise<{ directory: Directory } & AsyncDisposable> {
  if (typeof given === "object") return { directory: given, [Symbol.asyncDispose]: async () => {} };
  const { openDirectory } = await import("../directory/index.js");
  const directory = await openDirectory(given);
  return { directory, [Symbol.asyncDispose]: () => directory.close() };
}
