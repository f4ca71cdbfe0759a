// `lupine info --broadcast PROGRAM VERSION`: lists the servers of a program on the local networks.

import { printable } from "../../base/quote.js";
import { programOf } from "../call/probe.js";
import { CommandError, ExitCode, note, printJson, printResult, usageError } from "../output.js";
import { type InfoOptions, versionOf } from "./info-options.js";

/** Calls procedure 0 by broadcast, and prints each answer as it comes. */
export async function showBroadcast(words: readonly string[], options: InfoOptions): Promise<void> {
  const { program, version } = await versionOf(words[0], words[1]);
  const { broadcast } = await import("../../binding/index.js");
  const { nullProcedure } = await import("../../rpc/null.js");
  const { formatAddress, toUniversalAddress } = await import("../../transport/index.js");
  const { timeout, interfaces, rpcbind } = options;
  const what = { program: programOf(program, version), procedure: nullProcedure };
  let count = 0;
  const port = rpcbind === undefined ? undefined : await portOf(rpcbind);
  const answers = broadcast(what, [], { timeout, interfaces, port, onError: ({ message }) => note(message) });
  for await (const { from } of usable(answers)) {
    count++;
    const address = formatAddress(from);
    if (options.json) printJson({ program, version, address, universal: toUniversalAddress(from) });
    else printResult(printable(`${toUniversalAddress(from)}  ${address}`));
  }
  if (count > 0) return;
  note("no answer: servers must be registered over UDP, with a binder that forwards calls (--remote-calls)");
  throw new CommandError("NO_ANSWER", "no answer to the broadcast", { exitCode: ExitCode.NO_CONTACT });
}

/** An unknown name in `--interfaces` is a usage error. */
async function* usable<T>(answers: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* answers;
  } catch (error) {
    throw usageError(error);
  }
}

/** All binders are asked at one port: that of `--rpcbind`. */
async function portOf(rpcbind: string): Promise<number | undefined> {
  const { parseBinderAddress } = await import("../../binding/index.js");
  const address = parseBinderAddress(/^\d+$/.test(rpcbind) ? `localhost:${rpcbind}` : rpcbind);
  return "port" in address ? address.port : undefined;
}
