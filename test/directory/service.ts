// A directory server and servers of one service, each a process, to be disturbed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lupine } from "../interop/harness/binders.js";
import { accepts, type Running, start, until } from "../interop/harness/processes.js";
import { freePort } from "../support/free-port.js";

export const path = "/services/add";

const program = fileURLToPath(new URL("server.js", import.meta.url));

/** A directory, and the servers of one service in it. */
export interface Service extends AsyncDisposable {
  /** Where the directory is. */
  readonly directory: string;
  /** A client's target. */
  readonly target: string;
  /** Starts a server and waits until it is registered. */
  server(number: number, options?: ServerOptions): Promise<Running>;
  killDirectory(): void;
  startDirectory(): Promise<void>;
}

export interface ServerOptions {
  /** Milliseconds that each call takes. */
  readonly wait?: number;
  readonly address?: string;
  /** What to put before the command: to run it on another machine. */
  readonly on?: readonly string[];
}

/** Starts a directory at `host`, and `count` servers with the numbers 1, 2, ... */
export async function startService(count: number, options: ServerOptions = {}, host = "127.0.0.1"): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-service-"));
  const port = await freePort();
  const directory = `tcp://${host}:${port}`;
  const processes: Running[] = [];
  let serving: Running | undefined;
  const startDirectory = async (): Promise<void> => {
    const hosts = [...new Set([host, "127.0.0.1"])].flatMap((one) => ["--bind", one]);
    const places = ["--port", String(port), ...hosts, "--rpcbind", "none"];
    const state = join(folder, "state");
    const own = start(process.execPath, [
      lupine,
      "directory",
      "serve",
      ...places,
      "--registrants",
      "any",
      "--state",
      state,
    ]);
    serving = own;
    await until(
      () => accepts(port),
      () => `the directory to listen:\n${own.output()}`,
    );
  };
  const server = async (number: number, given: ServerOptions = options): Promise<Running> => {
    const { wait = 0, address = "tcp://127.0.0.1:0", on = [] } = given;
    const command = [...on, process.execPath, program, String(number), directory, path, String(wait), address];
    const running = start(command[0] as string, command.slice(1));
    processes.push(running);
    await running.printed(/^registered /m);
    return running;
  };
  await startDirectory();
  for (let number = 1; number <= count; number++) await server(number);
  return {
    directory,
    target: `dir://${host}:${port}${path}`,
    server,
    killDirectory: () => serving?.signal("SIGKILL"),
    startDirectory,
    async [Symbol.asyncDispose]() {
      for (const one of processes) one.signal("SIGKILL");
      serving?.signal("SIGKILL");
      await Promise.all([...processes, serving].map((one) => one?.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
