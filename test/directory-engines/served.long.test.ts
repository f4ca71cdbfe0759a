import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDirectory } from "lupine/directory";
import { lupine } from "../interop/harness/binders.js";
import { accepts, type Running, start, until } from "../interop/harness/processes.js";
import { freePort } from "../support/free-port.js";
import type { RunningDirectory } from "./engine-under-test.js";
import { patient } from "./entries.js";
import { directorySuite } from "./suite.js";

directorySuite({
  name: "a directory server",
  isProcess: true,
  isOpenToAll: false,
  start: servedDirectory,
});

async function servedDirectory(): Promise<RunningDirectory> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-directory-"));
  const port = await freePort();
  const url = `tcp://127.0.0.1:${port}`;
  let process = await serve(port, join(folder, "state"));
  const kill = async () => {
    process.signal("SIGKILL");
    await process.stop();
  };
  return {
    url,
    open: (options) => openDirectory(url, { ...patient, ...options }),
    async restart(meanwhile) {
      await kill();
      await meanwhile();
      process = await serve(port, join(folder, "state"));
    },
    kill,
    freeze: () => process.freeze(),
    thaw: () => process.signal("SIGCONT"),
    async [Symbol.asyncDispose]() {
      process.signal("SIGCONT");
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serve(port: number, state: string): Promise<Running> {
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--state", state, "--rpcbind", "none"];
  const serving = start(process.execPath, [lupine, "directory", "serve", ...options]);
  await until(
    () => accepts(port),
    () => `the directory server to listen:\n${serving.output()}`,
  );
  return serving;
}
