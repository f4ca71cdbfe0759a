// Questions to an endpoint mapper. Loaded when it is used.
import { checkOptions, type OptionTable } from "../../base/check-options.js";
import { channelOver } from "../channel.js";
import { clientOver, type DceClient } from "../client.js";
import { connectTcp } from "../connect.js";
import { DceFault, DceRejected, DceStatus } from "../errors.js";
import type { DceInterface } from "../interface.js";
import type { ContextHandle } from "../ndr/context-handle.js";
import { type DceAddress, endpointMapperPort, formatBinding, parseBinding } from "../target.js";
import { nilUuid, type Uuid } from "../uuid.js";
import { ept_v3, type ept_v3_Operations, type entry as WireEntry } from "./system.gen.js";
import { idOf, structOf, uuidOf } from "./system-types.js";
import { BadTower, bindingOf, decodeTower, tcpPort, tcpTower } from "./tower.js";

/** One endpoint that is registered with an endpoint mapper. */
export interface DceEndpoint {
  /** Identifies the interface. */
  readonly uuid: Uuid;
  /** The major version of the interface. */
  readonly version: number;
  /** The minor version of the interface. */
  readonly minor: number;
  /** The object UUID of this endpoint. Absent: none. */
  readonly object?: Uuid;
  /**
   * The string binding, for any protocol: `ncacn_ip_tcp:10.0.0.7[2049]`, `ncacn_np:HOST[\pipe\lsass]`. The host is the one that the server
   * registered; 0.0.0.0 means the machine of the endpoint mapper.
   */
  readonly address: string;
  /** The server's description. May be empty. */
  readonly annotation: string;
}

/** Options of `lookupEndpoints`. */
export interface LookupEndpointsOptions {
  /** Only the endpoints of this interface. Default: all. */
  readonly interface?: { readonly uuid: Uuid };
  /** Milliseconds for each question. Default 5,000. */
  readonly timeout?: number;
}

const lookupOptions: OptionTable<LookupEndpointsOptions> = { interface: "object", timeout: "time" };

/** Milliseconds that a question to an endpoint mapper may take. */
export const mapperTimeout = 5_000;

/** The most endpoints that are asked for at once, and in all. */
const pageSize = 500;
const mostEndpoints = 100_000;

/** A shorter page counts as this many, so that an endpoint mapper that never comes to an end is left. */
const leastCounted = 500;

const inquiryAll = 0;
const inquiryByInterface = 1;
const allVersions = 1;

/**
 * Lists the endpoints that are registered with an endpoint mapper: `ncacn_ip_tcp:host`, or `ncacn_ip_tcp:host[port]` if it does not listen at port
 * 135.
 * @throws DceFault, DceRejected, RpcError if it does not answer; TransportError TRANSPORT_BAD_ADDRESS; TypeError for wrong options.
 * @example
 * await using mapper = await startEndpointMapper({ port: 0 });
 * console.log(await lookupEndpoints(mapper.address)); // []
 */
export async function lookupEndpoints(mapper: string, options: LookupEndpointsOptions = {}): Promise<DceEndpoint[]> {
  checkOptions(lookupOptions, options);
  await using client = mapperClient(mapper, options.timeout);
  const id = options.interface && idOf({ uuid: options.interface.uuid, major: 0, minor: 0 });
  const inquiry = id === undefined ? inquiryAll : inquiryByInterface;
  const found: DceEndpoint[] = [];
  let handle: ContextHandle | null = null;
  let seen = 0;
  do {
    const page: Page = await client.eptLookup(inquiry, null, id ?? null, allVersions, handle, pageSize);
    handle = page.handle;
    if (page.status === DceStatus.endpointNotRegistered) break;
    checkStatus(page.status);
    for (const one of page.entries) found.push(...endpointsIn(one));
    if (page.entries.length === 0) break;
    seen += Math.max(page.entries.length, leastCounted);
  } while (handle !== null && seen < mostEndpoints);
  return found;
}

type Page = { handle: ContextHandle | null; entries: WireEntry[]; status: number };

/** One endpoint; none for a tower that cannot be read. */
function endpointsIn({ object, tower, annotation }: WireEntry): DceEndpoint[] {
  try {
    const read = decodeTower(tower?.octets ?? new Uint8Array(0));
    const { uuid, major: version, minor } = read.interfaceId;
    const own = uuidOf(object);
    return [
      { uuid, version, minor, ...(own === nilUuid ? {} : { object: own }), address: bindingOf(read), annotation },
    ];
  } catch (error) {
    if (error instanceof BadTower) return [];
    throw error;
  }
}

/**
 * The address of a server on the endpoint mapper's machine. The machine is the one that was asked, whatever address the server has
 * registered. `signal` gives the question up.
 * @throws DceRejected if the endpoint mapper knows no server; Error if it cannot be asked.
 */
export async function mapEndpoint(program: DceInterface, mapper: DceAddress, signal: AbortSignal): Promise<DceAddress> {
  await using client = mapperClient(formatBinding(mapper), mapperTimeout);
  const { uuid, version: major, minor } = program;
  const octets = tcpTower({ uuid, major, minor }, "0.0.0.0", 0);
  const answer = await client.eptMap(structOf(nilUuid), { octets }, null, 4, { signal }).catch((cause: Error) => {
    const advice = "give the server's port, like ncacn_ip_tcp:host[2049]";
    const message = `the endpoint mapper of ${mapper.host} (port ${mapper.port}) does not answer: ${cause.message}; or ${advice}`;
    throw new Error(message, { cause });
  });
  const port = answer.towers.map((tower) => (tower === null ? undefined : portIn(tower.octets))).find(Boolean);
  if (port !== undefined) return { host: mapper.host, port };
  if (answer.status !== DceStatus.endpointNotRegistered) checkStatus(answer.status);
  throw new DceRejected(
    `no server of ${program.name} ${major}.${minor} is registered with the endpoint mapper of ${mapper.host}`,
  );
}

function portIn(octets: Uint8Array): number | undefined {
  try {
    return tcpPort(decodeTower(octets));
  } catch (error) {
    if (error instanceof BadTower) return undefined;
    throw error;
  }
}

/** A client of the endpoint mapper at a string binding. @throws TransportError TRANSPORT_BAD_ADDRESS */
export function mapperClient(mapper: string, timeout: number = mapperTimeout): DceClient<ept_v3_Operations> {
  const { host, port = endpointMapperPort } = parseBinding(mapper);
  const remote = { kind: "tcp", host, port } as const;
  const reach = {
    peer: formatBinding(remote),
    remote,
    connect: (_: DceInterface, signal: AbortSignal) => connectTcp(remote, signal),
  };
  // Any program may have registered an annotation that is not UTF-8: the endpoints of others must stay readable.
  return clientOver(ept_v3, channelOver(reach, { timeout }, true, true), { ownsChannel: true });
}

/** @throws DceFault */
export function checkStatus(status: number): void {
  if (status !== 0) throw new DceFault(status, { mayHaveRun: false });
}
