// A directory server as a process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lupine } from "../interop/harness/binders.js";
import { type Running, start } from "../interop/harness/processes.js";

export interface DirectoryProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly running: Running;
}

/** `lupine directory serve`, with a port that is free unless one is named. */
export async function serve(options: readonly string[] = [], port = "0"): Promise<DirectoryProcess> {
  const args = ["directory", "serve", "--port", port, "--rpcbind", "none", "--log", "none", ...options];
  const running = start(process.execPath, [lupine, ...args]);
  const [, url = ""] = await running.printed(/listens at (tcp:\/\/\S+)/);
  return { url, pid: running.pid as number, running, [Symbol.asyncDispose]: () => running.stop() };
}

/** A folder for a state file. */
export function stateFolder(): Disposable & { readonly state: string } {
  const folder = mkdtempSync(join(tmpdir(), "lupine-directory-"));
  return { state: join(folder, "state"), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
