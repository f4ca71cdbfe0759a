// Samba's own servers of DCE RPC, in the namespace of a test.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lookupEndpoints } from "lupine/dce";
import { accepts, type Running, start, until } from "./processes.js";

const daemon = "/usr/libexec/samba/samba-dcerpcd";

function settings(folder: string, own: readonly string[]): string {
  const folders = ["private dir", "lock directory", "state directory", "cache directory", "pid directory"];
  const lines = [
    "rpc start on demand helpers = false",
    ...folders.map((name) => `${name} = ${folder}`),
    `ncalrpc dir = ${folder}/ncalrpc`,
    `log file = ${folder}/log`,
    "interfaces = lo",
    ...own,
    "[sample]",
    `path = ${folder}`,
    "comment = a sample",
  ];
  return `[global]\n${lines.join("\n")}\n`;
}

/** Milliseconds. Bounds a hang: samba starts processes for the first call, which takes long on a busy machine. */
export const timeout = 300_000;

/** Samba's endpoint mapper and servers, with these lines of [global] in addition. The endpoint mapper is at port 135. */
export async function startSamba(own: readonly string[] = []): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-samba-"));
  mkdirSync(join(folder, "ncalrpc"));
  const file = join(folder, "smb.conf");
  writeFileSync(file, settings(folder, own));
  const running = start(daemon, ["--libexec-rpcds", "-s", file, "-F"]);
  await until(
    () => accepts(135),
    () => `${daemon} to listen; it printed:\n${running.output()}`,
  );
  // The endpoint mapper is a process that the first question starts.
  await lookupEndpoints("ncacn_ip_tcp:127.0.0.1", { timeout });
  return {
    ...running,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
