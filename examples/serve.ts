// Starts and stops the example servers. Their command line:
//   (nothing)              free TCP and UDP ports, registered with this machine's rpcbind, or with an embedded one
//   tcp://127.0.0.1:7000   that address, and no rpcbind
//   --rpcbind HOST:PORT    free ports, registered with that rpcbind
import { parseArgs } from "node:util";
import { type CallPlace, closeOnSignals, formatAddress, register, type Server } from "lupine";

/** The arguments on the command line, without the option --rpcbind. */
export function commandLine(): { words: string[]; rpcbind: string | undefined } {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { rpcbind: { type: "string" } } });
  return { words: positionals, rpcbind: values.rpcbind };
}

export interface Place {
  /** The address to listen at, without rpcbind. Default: the first word of the command line. */
  readonly address?: string | undefined;
  /** The transports to listen on if no address is given. */
  readonly transports?: readonly ("tcp" | "udp")[];
}

/** Listens, prints the addresses, and closes the server on SIGINT and SIGTERM. */
export async function serve(server: Server, place: Place = {}): Promise<void> {
  const { words, rpcbind } = commandLine();
  const { address, transports = ["tcp", "udp"] } = "address" in place ? place : { ...place, address: words[0] };
  if (address === undefined) {
    for (const transport of transports) await server.listen(`${transport}://0.0.0.0:0`, { accept: "network" });
    const { binder } = await register(server, { binder: rpcbind ?? "auto" });
    console.log(`registered with ${binder}`);
  } else {
    await server.listen(address, { accept: "network" });
  }
  for (const listener of server.listeners) console.log(`listening at ${formatAddress(listener.address)}`);
  closeOnSignals(server);
}

/** For `onError`: errors that a handler throws, and results that do not match their type. The caller gets SYSTEM_ERR only. */
export function logError(error: unknown, place?: CallPlace): void {
  console.error(place === undefined ? "server:" : `${place.procedure}, called by ${place.peer}:`, error);
}
