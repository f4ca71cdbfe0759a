// createDceClient: wires the client to the ways in which servers are found, which do not know each other.
import type { Duplex } from "node:stream";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { DeferredChannel } from "../client/deferred-channel.js";
import { poolOptions } from "../client/options.js";
import type { Channel } from "../rpc/call.js";
import { checkClientAuth, clientAuthOptions } from "./auth.js";
import { channelOver } from "./channel.js";
import { clientOver, type DceClient, type DceClientOptions } from "./client.js";
import type { DceInterface, DceOperations } from "./interface.js";
import { type DceAcceptor, reachOf } from "./reach.js";
import { serviceName } from "./service-name.js";
import { parseBinding } from "./target.js";

const clientOptions: OptionTable<DceClientOptions> = {
  timeout: "time",
  byteOrder: ["little", "big"],
  maxStub: "count",
  endpointMapper: "count",
  directory: "directory",
  interceptors: "functions",
  auth: clientAuthOptions,
  clock: "object",
  ...poolOptions,
};

/**
 * The server of a client:
 * - a string binding with a port, `ncacn_ip_tcp:host[2049]`
 * - a string binding without a port, `ncacn_ip_tcp:host`: the endpoint in the interface is used, else the host's endpoint mapper is asked
 * - a list of string bindings: calls are spread over the servers, and go on to the next one if a server fails
 * - `dir:/.:/services/sample`, a service in a directory, which returns the machines; their endpoint mappers return the ports. Calls are
 *   spread over the machines. `dir://host:port/.:/services/sample` names the directory server
 * - a DceServer of this process: calls go through memory
 * - a function that makes a stream to the server
 * - the channel of another client, `channelOf(client)`: both share its association
 */
export type DceTarget = string | readonly string[] | (() => Duplex | Promise<Duplex>) | DceAcceptor | Channel;

/**
 * Makes a client of an interface. It connects with its first call. Concurrent calls share one association; after the association was lost, the next
 * call opens a new one. A call of an `idempotent` operation is sent once more if the association was lost before its reply; with several servers, it
 * is sent to the next server until its timeout ends.
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
  const { interceptors } = options;
  if (options.auth !== undefined) checkClientAuth(options.auth);
  checkApplies(target, options);
  if (typeof target === "object" && "call" in target) {
    // A shared channel has its own default timeout; this client's applies to its own calls.
    return clientOver(program, target, { timeout: options.timeout, interceptors, ownsChannel: false });
  }
  return clientOver(program, channelTo(program, target, options), { interceptors, ownsChannel: true });
}

type OwnTarget = Exclude<DceTarget, Channel>;

function channelTo(program: DceInterface, target: OwnTarget, options: DceClientOptions): Channel {
  if (!isSeveral(target)) return channelOver(reachOf(program, target as string, options), options, true);
  const names = typeof target === "string" ? [target] : (target as readonly string[]);
  if (typeof target === "string") serviceName(target);
  else for (const one of names) parseBinding(one, program.endpoints);
  return new DeferredChannel({ kind: "memory", name: names.join(", ") }, async () => {
    const { poolOf } = await import("./pool.js");
    return poolOf(program, target as string | readonly string[], options);
  });
}

function isSeveral(target: OwnTarget): boolean {
  return Array.isArray(target) || (typeof target === "string" && /^dir:/i.test(target));
}

const ofPools = ["balance", "times", "retryBudget"] as const;
const ofConnections = ["byteOrder", "maxStub", "endpointMapper", "clock", "auth"] as const;

/** @throws TypeError for an option that has no meaning for this target. */
function checkApplies(target: DceTarget, options: DceClientOptions): void {
  const isShared = typeof target === "object" && "call" in target;
  const isName = typeof target === "string" && /^dir:/i.test(target);
  const useless = [
    ...(isShared ? ofConnections : []),
    ...(isShared || !isSeveral(target) ? ofPools : []),
    ...(isName ? [] : (["directory"] as const)),
  ];
  const name = useless.find((one) => options[one] !== undefined);
  if (name === undefined) return;
  const what = isShared ? "a channel, which has its own" : isName ? "a name" : "this target";
  throw new TypeError(`options.${name} does not apply to ${what}`);
}
