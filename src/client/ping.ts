// Procedure 0 for users: the call of rpc/null.ts, with the options checked.
import { checkOptions } from "../base/check-options.js";
import type { CallOptions, Channel } from "../rpc/call.js";
import { ping as callNull } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { callOptions } from "./options.js";

/**
 * Calls procedure 0: resolves if the program answers.
 * @throws RpcError as every call does.
 * @throws TypeError that names a wrong option.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * await ping(channelOf(client), ADD_VERS, { timeout: 2_000 });
 */
export async function ping(channel: Channel, program: Program, options: CallOptions = {}): Promise<void> {
  checkOptions(callOptions, options);
  await callNull(channel, program, options);
}
