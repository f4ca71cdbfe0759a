// The functions of the binder for all programs. Each loads its code when it is called: most programs never call it. The
// code does not import the server but receives it: a bundler would move the server to the start of every client.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import { ids, texts } from "../base/option-kinds.js";
import { Server } from "../server/server.js";
import type { BroadcastAnswer, BroadcastOptions, ProcedureOf } from "./broadcast.js";
import type { Rpcbind, RpcbindOptions } from "./embedded.js";
import type { Registrable } from "./keeper.js";
import type { RegisterOptions, Registration } from "./register.js";

/**
 * Registers every program that the server implements, for every address that it listens on. Call it after `implement` and
 * `listen`. It replaces registrations that an earlier run of the same user left behind, and those of another server of the
 * same program version that still runs (see `displaced`). If that server uses Lupine, it registers again when this one
 * stops.
 * @throws BindingError RPC_NO_BINDER if no binder can be reached, RPC_REGISTRATION_REFUSED if another user has registered
 * the program.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("tcp://127.0.0.1:0");
 * await register(server, { binder: rpcbind });
 *
 * await using client = createClient(ADD_VERS, "localhost", { rpcbind: rpcbind.url });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export async function register(server: Registrable, options: RegisterOptions = {}): Promise<Registration> {
  const binding = await import("./register.js");
  return binding.register(server, options, startRpcbind);
}

/**
 * Starts a binder in this process.
 * @throws TransportError TRANSPORT_LISTEN_FAILED if the port is in use or needs root; system errors of the state file.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("tcp://127.0.0.1:0");
 * const { entries } = await register(server, { binder: rpcbind });
 * console.log(entries.length); // 1
 */
export async function startRpcbind(options: RpcbindOptions = {}): Promise<Rpcbind> {
  const binding = await import("./embedded.js");
  return binding.startRpcbind(options, (how) => new Server(how));
}

/**
 * Calls a procedure on all servers of the local networks by broadcast (RFC 1833 CALLIT), and yields each server's answer once. A server answers only
 * if the call succeeds and its machine's binder forwards calls. The broadcast ends when the loop ends or the signal is aborted. Datagrams that are
 * not answers are ignored; answers that cannot be decoded are reported to `onError`.
 * @throws TypeError for a wrong option or an interface that does not exist; BindingError RPC_NO_NETWORK when no
 * interface can be used; XdrError for arguments that do not encode; and the reason of the signal.
 */
export function broadcast<Args extends readonly unknown[], Result>(
  what: ProcedureOf<Args, Result>,
  args: Args,
  options: BroadcastOptions = {},
): AsyncGenerator<BroadcastAnswer<Result>, void, undefined> {
  checkOptions(broadcastOptions, options);
  return answers(what, args, options);
}

const broadcastOptions: OptionTable<BroadcastOptions> = {
  interfaces: texts,
  timeout: "time",
  first: "time",
  versions: ids,
  port: "count",
  signal: "signal",
  onError: "function",
  onLeftOver: "function",
  clock: "object",
  strict: "flag",
};

async function* answers<Args extends readonly unknown[], Result>(
  what: ProcedureOf<Args, Result>,
  args: Args,
  options: BroadcastOptions,
): AsyncGenerator<BroadcastAnswer<Result>, void, undefined> {
  const { answersOf } = await import("./broadcast.js");
  yield* answersOf(what, args, options);
}
