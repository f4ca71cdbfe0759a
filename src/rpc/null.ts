// Procedure 0, which every program has: no arguments, no results (RFC 5531 section 12.1).
import { noArguments } from "../xdr/arguments.js";
import { voidType } from "../xdr/primitives.js";
import type { CallOptions, Channel } from "./call.js";
import type { Procedure, Program } from "./program.js";

/** NULL, for programs whose interface file does not declare it. */
export const nullProcedure: Procedure<[], void> = { name: "NULL", number: 0, args: noArguments, result: voidType };

/**
 * Calls procedure 0: resolves if the program answers.
 * @throws RpcError as every call does.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * await ping(channelOf(client), ADD_VERS, { timeout: 2_000 });
 */
export async function ping(channel: Channel, program: Program, options: CallOptions = {}): Promise<void> {
  await channel.call({ program, procedure: nullProcedure, args: [], options });
}
