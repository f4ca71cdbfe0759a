// Several servers of one interface, by list or by name: the pool that ONC RPC has, too. Loaded when it is used.
import { systemClock } from "../base/clock.js";
import { directoryEndpoints } from "../directory/service-channel.js";
import type { Endpoint, Endpoints } from "../pool/endpoints.js";
import { listEndpoints } from "../pool/list.js";
import { PoolChannel } from "../pool/pool-channel.js";
import type { Route } from "../pool/routes.js";
import type { RpcError } from "../rpc/errors.js";
import { parseAddress } from "../transport/address.js";
import { channelOver } from "./channel.js";
import type { DceClientOptions } from "./client.js";
import { DceFault, DceRejected, DceStatus } from "./errors.js";
import type { DceInterface } from "./interface.js";
import { programOf } from "./program.js";
import { reachOf } from "./reach.js";
import { serviceName } from "./service-name.js";
import { formatBinding } from "./target.js";

/** Milliseconds that connecting to a server may take, with the question to its endpoint mapper. */
const connectTimeout = 10_000;

/** The channel of a list of string bindings, or of a name in a directory. Expects a valid target. */
export function poolOf(
  program: DceInterface,
  target: string | readonly string[],
  options: DceClientOptions,
): PoolChannel {
  const { timeout, times, retryBudget, clock = systemClock, directory } = options;
  const endpoints: Endpoints =
    typeof target === "string" ? directoryEndpoints(serviceName(target), directory) : listEndpoints(target);
  return new PoolChannel({
    program: programOf(program),
    endpoints,
    balance: options.balance ?? endpoints.balance,
    open: ({ addresses }: Endpoint) => addresses.flatMap((address) => routesTo(program, address, options)),
    meaningOf,
    ...{ timeout, times, retryBudget, clock, connectTimeout },
  });
}

/** The meaning of a refusal for its server and for other servers. */
function meaningOf(error: RpcError): "stale" | "elsewhere" | undefined {
  if (error instanceof DceRejected) return "stale";
  return error instanceof DceFault && error.status === DceStatus.tooBusy ? "elsewhere" : undefined;
}

/** None for an address that DCE RPC does not have. */
function routesTo(program: DceInterface, address: string, options: DceClientOptions): Route[] {
  const binding = /^ncacn_/i.test(address) ? address : bindingFor(address);
  if (binding === undefined) return [];
  const channel = channelOver(reachOf(program, binding, options), options, false);
  return [
    {
      remote: channel.remote,
      get connected() {
        return channel.isReady(program);
      },
      connect: (limits) => channel.connect(program, limits),
      call: (request) => channel.call(request),
      close: () => channel.close(),
      destroy: (reason) => channel.destroy(reason),
    },
  ];
}

/** Directories have machines, whose endpoint mappers know the port, or addresses of TCP. */
function bindingFor(text: string): string | undefined {
  try {
    const address = parseAddress(text);
    if (address.kind === "tcp") return formatBinding(address);
    return address.kind === "host" ? `ncacn_ip_tcp:${address.host}` : undefined;
  } catch {
    return undefined;
  }
}
