// The work of `lupine dce epmap`.
import { printable } from "../../base/quote.js";
import {
  deleteEntries,
  entriesOf,
  insertEntries,
  type RegisteredServer,
  registerEndpoints,
} from "../../dce/endpoints/register.js";
import {
  type DceEndpoint,
  type EndpointMapper,
  isUuid,
  lookupEndpoints,
  startEndpointMapper,
} from "../../dce/index.js";
import { cannotStart, firstSignal, hostsOf, lockOf, tellReady } from "../binder/daemon.js";
import { columns } from "../binder/info-options.js";
import { CommandError, note, printJson, printResult } from "../output.js";

export interface ListOptions {
  readonly interface?: string;
  readonly timeout: number;
  readonly json?: true;
}

export async function listEndpoints(mapper: string, options: ListOptions): Promise<void> {
  const { timeout, json } = options;
  const uuid = options.interface?.toLowerCase();
  if (uuid !== undefined && !isUuid(uuid)) throw new CommandError("USAGE", `--interface ${uuid}: it is not a UUID`);
  const endpoints = await lookupEndpoints(bindingOf(mapper), {
    timeout,
    ...(uuid === undefined ? {} : { interface: { uuid } }),
  });
  if (json) printJson(endpoints);
  else if (endpoints.length > 0) printResult(tableOf(endpoints));
  else note(`no endpoint is registered with the endpoint mapper of ${mapper}`);
}

function tableOf(endpoints: readonly DceEndpoint[]): string {
  const rows = endpoints.map(({ uuid, version, minor, address, annotation, object = "" }) =>
    [`${uuid}@${version}.${minor}`, address, annotation, object].map((text) => printable(text)),
  );
  return columns([["interface", "address", "annotation", "object"], ...rows]);
}

export interface ServeOptions {
  readonly port: number;
  readonly bind: readonly string[];
  readonly all?: true;
  readonly pidFile?: string;
  readonly readyFd?: number;
  readonly json?: true;
}

export async function serveMapper(options: ServeOptions): Promise<void> {
  const stopped = firstSignal();
  using _lock = await lockOf(options.pidFile);
  await using mapper: EndpointMapper = await startEndpointMapper({
    port: options.port,
    host: hostsOf(options),
  }).catch(cannotStart);
  if (options.json) printJson({ listening: mapper.addresses });
  for (const address of mapper.addresses) note(`endpoint mapper listens at ${address}`);
  await tellReady("endpoint mapper", options.readyFd);
  await stopped;
}

export interface RegisterOptions {
  readonly interface: readonly string[];
  readonly mapper: string;
  readonly annotation: string;
  readonly wait: boolean;
}

export async function registerServer(addresses: readonly string[], options: RegisterOptions): Promise<void> {
  const server = serverOf(addresses, options);
  const { annotation, wait } = options;
  const endpointMapper = bindingOf(options.mapper);
  if (!wait) {
    await insertEntries(endpointMapper, entriesOf(server, { annotation }), addresses.length);
    return;
  }
  const stopped = firstSignal();
  await using _registration = await registerEndpoints(server, { endpointMapper, annotation });
  note(`registered ${addresses.join(" ")} with the endpoint mapper of ${options.mapper}`);
  // Keeps the process alive: the registration's own timer does not.
  const alive = setInterval(() => {}, 0x7fff_ffff);
  await stopped;
  clearInterval(alive);
}

export async function unregisterServer(
  addresses: readonly string[],
  options: Pick<RegisterOptions, "interface" | "mapper">,
): Promise<void> {
  await deleteEntries(bindingOf(options.mapper), entriesOf(serverOf(addresses, options), {}));
}

/** @throws CommandError */
function serverOf(addresses: readonly string[], options: Pick<RegisterOptions, "interface">): RegisteredServer {
  const interfaces = options.interface.map((text) => {
    const [, uuid = "", version, minor = "0"] = /^([0-9a-f-]+)@(\d{1,5})(?:\.(\d{1,5}))?$/i.exec(text) ?? [];
    if (isUuid(uuid) && Number(version) <= 0xffff && Number(minor) <= 0xffff) {
      return { uuid: uuid.toLowerCase(), version: Number(version), minor: Number(minor) };
    }
    throw new CommandError("USAGE", `--interface ${text}: write it like b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1@1.0`);
  });
  return { interfaces, addresses };
}

/** A host or host[port] as a string binding. */
function bindingOf(mapper: string): string {
  return /^ncacn_/i.test(mapper) ? mapper : `ncacn_ip_tcp:${mapper}`;
}
