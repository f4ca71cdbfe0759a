// Our rpcbind as a process, on port 111 and /run/rpcbind.sock of this namespace.
import { fileURLToPath } from "node:url";
import { accepts, type Running, start, until } from "./processes.js";

/** The `lupine` command. */
export const lupine = fileURLToPath(new URL("../../../../dist/cli/main.js", import.meta.url));

/** As a machine would run it. */
export async function lupineRpcbind(options: readonly string[] = []): Promise<Running> {
  const own = ["rpcbind", "--all", "--unix", "/run/rpcbind.sock", ...options];
  const rpcbind = start(process.execPath, [lupine, ...own]);
  await until(
    async () => (await accepts("/run/rpcbind.sock")) && (await accepts(111)),
    () => `lupine rpcbind to listen:\n${rpcbind.output()}`,
  );
  return rpcbind;
}
