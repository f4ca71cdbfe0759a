// createClient of "lupine": wires the client to the binder, to pools and to directories, which do not know each other.
// It is in its own file so that bundlers see no more of "lupine" than what a program uses.
import { type ClientWiring, createClientWith } from "./client/create-client.js";
import type { ClientOptions } from "./client/options.js";
import type { ClosableClient } from "./client/stubs.js";
import type { Target } from "./client/target.js";
import type { DirectoryOptions } from "./directory/client-options.js";
import type { Endpoints } from "./pool/endpoints.js";
import { checkProgram } from "./rpc/check-program.js";
import { RpcDisconnected } from "./rpc/errors.js";
import type { Procedures, Program } from "./rpc/program.js";
import type { Server } from "./server/server.js";
import type { Address } from "./transport/address.js";

// Most clients never need it: look-ups, pools, directories, sessions, servers of the same process.
const late = async () => (await loaded("this target", import("./late-wiring.js"))).lateWiring(loaded);

/** @throws RpcDisconnected when a file of the package cannot be read, for example because no file descriptor is left. */
function loaded<T>(what: string, loading: Promise<T>): Promise<T> {
  return loading.catch((cause) => {
    throw new RpcDisconnected(`the code for ${what} cannot be loaded: ${cause.message}`, { mayHaveRun: false, cause });
  });
}

const wiring: ClientWiring = {
  locate: async (...given) => (await late()).locate(...given),
  pool: async (...given) => (await late()).pool(...given),
  repeating: async (...given) => (await late()).repeating(...given),
  sessions: async (...given) => (await late()).sessions(...given),
};

/**
 * Makes a client: an object with one async method for each procedure of the program.
 *
 * `target` is one of:
 * - a host name: the port is looked up at the host's rpcbind
 * - `tcp://host:port`, `udp://host:port`, `unix:/path`, or a universal address
 * - a list of these, `["tcp://a:4000", "tcp://b:4000"]`, or another source of `Endpoints`: calls are spread over the servers, and go
 *   on to the next one if a server fails. `options.balance` does the same over the addresses of one host name
 * - `dir:/services/time`: a service in a directory, on whatever machines it runs; `dir://host:port/services/time` names the directory server
 * - `worker:/path/add-server.js` or `process:/path/add-server.js`: a server module (see `serve` of `lupine/processes`), which the client
 *   runs in a worker thread or a child process from its first call until it is closed; `?workers=4` runs it on four
 * - a Server of this process: its handlers are called without a socket. With `encode: false` arguments and results are not encoded
 * - a Connection, which the client then owns, or a Channel, which several clients may share
 *
 * The client connects with its first call, and reconnects with the next call after the connection was lost; calls in flight
 * at that moment fail with RpcDisconnected, unless `options.semantics` lets them be repeated. Each call has a timeout:
 * `options.timeout`, or 30 seconds. `await using` or `closeClient` closes the connection.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the target is malformed. TypeError without a program, or for an option that is unknown,
 * invalid, or does not apply to the target. RangeError for a timeout that is not a number of milliseconds.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address, { timeout: 5_000 });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export function createClient<P extends Procedures>(
  program: Program<P>,
  target: Target | readonly (string | Address)[] | Endpoints | Server,
  options: ClientOptions<NoInfer<P>> & DirectoryOptions = {},
): ClosableClient<P> {
  checkProgram(program);
  return createClientWith(wiring, program, target, options as ClientOptions);
}
