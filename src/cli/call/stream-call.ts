// `lupine call` of a stream: each item is printed on a line of its own as it arrives.
import { once } from "node:events";
import type { FoundProcedure } from "../../dynamic/find.js";
import type { StreamClientOptions } from "../../stream/index.js";
import { toJson } from "../../xdr/index.js";
import { CommandError, printJson, usable } from "../output.js";

/** Reads the stream to its end. Ctrl-C, and a closed pipe, finish the server's generator. Waits for a slow reader of the output. */
export async function callStream(
  { program, procedure, method }: FoundProcedure,
  address: string,
  args: readonly unknown[],
  options: StreamClientOptions,
): Promise<void> {
  const { createStreamClient } = await import("../../stream/index.js");
  if (/^udp:/i.test(address) || options.transport === "udp")
    throw new CommandError("USAGE", "a stream needs a connection: use TCP or a Unix socket, not UDP");
  await using client = usable(() => createStreamClient(program, address, options));
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  const stream = client[method] as (...given: readonly unknown[]) => AsyncIterable<unknown>;
  try {
    for await (const item of stream(...args, { signal: interrupted.signal })) {
      printJson(toJson(procedure.result, item));
      if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
    }
  } finally {
    process.off("SIGINT", interrupt);
  }
}
