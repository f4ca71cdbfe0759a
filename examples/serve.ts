// Where the example servers listen, and how they end: the same few lines for all of them.
//   (nothing)              free TCP and UDP ports, told to this machine's rpcbind, or to one of our own
//   tcp://127.0.0.1:7000   that address, and no rpcbind
//   --rpcbind HOST:PORT    free ports, told to the rpcbind that listens there
import { parseArgs } from "node:util";
import { type CallPlace, closeOnSignals, formatAddress, register, type Server } from "lupine";

/** What stands behind the server's name on the command line. */
export function commandLine(): { words: string[]; rpcbind: string | undefined } {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { rpcbind: { type: "string" } } });
  return { words: positionals, rpcbind: values.rpcbind };
}

export interface Place {
  /** Where to listen, with no rpcbind. Where the key is missing, the first word of the command line. */
  readonly address?: string | undefined;
  /** What to listen on where no address is given. */
  readonly transports?: readonly ("tcp" | "udp")[];
}

/** Listens, tells where, and closes the server when the process is told to end. */
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

/** For `onError`: what a handler threw, and a result that does not encode. The caller only sees SYSTEM_ERR. */
export function logError(error: unknown, place?: CallPlace): void {
  console.error(place === undefined ? "server:" : `${place.procedure}, called by ${place.peer}:`, error);
}
