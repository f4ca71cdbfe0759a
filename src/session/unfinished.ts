// The calls of a client that was restarted: which had no known outcome, and how to finish them.
import { channelOf } from "../client/handle.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcDisconnected } from "../rpc/errors.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import { XdrReader } from "../xdr/reader.js";
import type { SavedCall } from "./client-file.js";

/** An "exactly-once" call that an earlier process began, and whose outcome that process did not learn. */
export interface UnfinishedCall {
  /** The name of the method. */
  readonly name: string;
  /** The arguments, one array element for each. */
  readonly args: readonly unknown[];
  /**
   * Sends the call again and resolves with its result: the stored result if the call has run, otherwise the result of its first run. May be called
   * once.
   * @throws RpcError: RPC_IN_DOUBT if the server no longer knows the session.
   */
  finish(options?: { readonly timeout?: number; readonly signal?: AbortSignal }): Promise<unknown>;
  /** Abandons the call: it ran once or not at all, and its outcome is not requested again. */
  abandon(): void;
}

/** A request for the list, in the form of a call. The channel of sessions answers it. */
export const unfinishedProcedure = { name: "unfinished" } as Procedure;

/** The saved calls of a channel. */
export interface SavedCalls {
  readonly calls: readonly SavedCall[];
  send(call: SavedCall, request: ChannelCall): Promise<unknown>;
  giveUp(call: SavedCall): void;
}

/**
 * The calls of a program that a client with the option `session: { file }` had begun before its process ended, and whose outcome is
 * not known. They hold their places in the session until they are finished or given up. Calls of other programs are left out.
 * @throws TypeError if the argument is not a client, or has no session file; the errors of `openSessionLog` if the file cannot be opened.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/client-");
 * await using client = createClient(ADD_VERS, "tcp://127.0.0.1:7000", {
 *   semantics: "exactly-once",
 *   session: { file: `${folder}/session` },
 * });
 * for (const call of await unfinishedCalls(client, ADD_VERS)) console.log(call.name, await call.finish());
 * await rm(folder, { recursive: true });
 */
export async function unfinishedCalls<P extends Procedures>(
  client: object,
  program: Program<P>,
): Promise<UnfinishedCall[]> {
  const options = { semantics: "exactly-once" } as const;
  const request = { program, procedure: unfinishedProcedure, args: [], options };
  const saved = (await channelOf(client).call(request)) as SavedCalls | undefined;
  if (saved === undefined) {
    throw new TypeError("the client has no session file: make it with the option session: { file }");
  }
  return saved.calls.flatMap((call) => unfinished(saved, call, program) ?? []);
}

/** Undefined for a call of another program. */
function unfinished(saved: SavedCalls, call: SavedCall, program: Program): UnfinishedCall | undefined {
  const from = new XdrReader(call.message);
  const words = new DataView(call.message.buffer, call.message.byteOffset, call.message.length);
  if (words.getUint32(12) !== program.number || words.getUint32(16) !== program.version) return undefined;
  const number = words.getUint32(20);
  const known = Object.entries(program.procedures).find(([, one]) => one.number === number);
  if (known === undefined) return undefined;
  const [name, procedure] = known;
  from.offset = 24;
  // Credential and verifier.
  for (let auth = 0; auth < 2; auth++) {
    from.offset += 4;
    from.readOpaque(400);
  }
  const args = procedure.args.decode(from) as readonly unknown[];
  return {
    name,
    args,
    finish: (options = {}) => saved.send(call, { program, procedure, args, options }),
    abandon: () => saved.giveUp(call),
  };
}

/** The answer of the first copy: the process that sent it has ended. */
export function lostAnswer(): Promise<never> {
  const lost = Promise.reject(new RpcDisconnected("the process that sent the call has ended", { mayHaveRun: true }));
  lost.catch(() => undefined);
  return lost;
}
