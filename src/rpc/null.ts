// Procedure 0, which every program has: no arguments, no results (RFC 5531 section 12.1).
import { noArguments } from "../xdr/arguments.js";
import { voidType } from "../xdr/void.js";
import type { CallOptions, Channel } from "./call.js";
import type { Procedure, Program } from "./program.js";

/** NULL, for programs whose interface file does not declare it. */
export const nullProcedure: Procedure<[], void> = { name: "NULL", number: 0, args: noArguments, result: voidType };

/** Calls procedure 0: resolves if the program answers. The options are not checked. @throws RpcError as every call does. */
export async function ping(channel: Channel, program: Program, options: CallOptions = {}): Promise<void> {
  await channel.call({ program, procedure: nullProcedure, args: [], options });
}
