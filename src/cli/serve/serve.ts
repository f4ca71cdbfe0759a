// `lupine serve FILE`: runs a server's module on several worker processes.
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { closeOnSignals } from "../../binding/signals.js";
import { ProcessesError } from "../../processes/errors.js";
import type { ProcessEvent } from "../../processes/events.js";
import { mostWorkers } from "../../processes/options.js";
import { reloadOnSignal } from "../../processes/reload-on-signal.js";
import type { Served } from "../../processes/serve.js";
import { statOf } from "../../project/read-file.js";
import type { SessionLog } from "../../session/log.js";
import { type Address, formatAddress } from "../../transport/address.js";
import { CommandError, ExitCode, note } from "../output.js";

const help = `
The file exports a function that gets a server and implements programs on it:

  export default (server: Server) => {
    server.implement(ADD_VERS, { add: ({ a, b }) => a + b });
  };
  export const options: ServerOptions = {};     optional

Examples:
  $ lupine serve server.ts                      one worker for each processor; free ports, registered with rpcbind
  $ lupine serve server.ts --workers 4 --listen tcp://0.0.0.0:7000 --listen udp://0.0.0.0:7000
  $ lupine serve server.ts --listen unix:/run/add.sock
  $ lupine serve server.ts --session-log /var/lib/add/sessions.log

Signals:
  SIGHUP             loads the file afresh in new workers, one after the other; no call is lost
  SIGTERM, SIGINT    finish the calls that run, then end; a second one ends at once

A worker that ends is started again. Lines that a worker prints begin with its number: [1].

Exit codes: after SIGTERM or SIGINT the signal's own; 1 if workers end again and again; 2 for a file that does not exist or does not
load; 4 for an address that cannot be opened.`;

interface ServeFlags {
  readonly workers?: number;
  readonly listen?: readonly string[];
  readonly reusePort?: boolean;
  readonly accept: "local" | "network";
  readonly register?: boolean;
  readonly drain: number;
  readonly sessionLog?: string;
}

/** Adds `lupine serve`. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("run a server on several worker processes")
    .description("Run a server on several worker processes that share its addresses.")
    .argument("<file>", "a .ts or .js file")
    .argument("[arguments...]", "arguments of the workers; after -- if they begin with a dash")
    .option("--workers <number>", "the number of workers (default: one for each processor)", workerCount)
    .option("--listen <address>", "tcp://HOST:PORT, udp://HOST:PORT or unix:/PATH; may be repeated", collected)
    .addOption(
      new Option("--accept <who>", "who may connect: this machine, or all")
        .choices(["local", "network"])
        .default("network"),
    )
    .option("--reuse-port", "give each worker sockets of its own (SO_REUSEPORT; needs koffi)")
    .option("--register", "register with rpcbind (default if there is no --listen)")
    .option("--session-log <path>", "keep the sessions of all workers in this file (default: in memory)")
    .addOption(
      new Option("--drain <seconds>", "how long a worker may take to finish its calls")
        .argParser(seconds)
        .default(10_000, "10"),
    )
    .addHelpText("after", help)
    .action(serveFile);
}

function workerCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostWorkers)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostWorkers}.`);
  return count;
}

function seconds(text: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(text)) throw new InvalidArgumentError("It must be a number of seconds.");
  return Number(text) * 1000;
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function serveFile(file: string, args: readonly string[], flags: ServeFlags): Promise<void> {
  if (statOf(file)?.isFile() !== true) throw new CommandError("NO_SUCH_FILE", `${file} is not a file`);
  const { workers, listen, accept, register = listen === undefined, drain } = flags;
  const { serveWith } = await import("../../processes/serve.js");
  const inside = { entry: new URL("./serve-worker.js", import.meta.url), taken: noteTaken };
  const log = flags.sessionLog === undefined ? undefined : await openLog(flags.sessionLog);
  let isStarted = false;
  const serving = serveWith(inside, resolve(file), {
    ...(workers === undefined ? {} : { workers }),
    listen: listen ?? ["tcp://0.0.0.0:0", "udp://0.0.0.0:0"],
    ...(flags.reusePort === true ? { reusePort: true } : {}),
    accept,
    register,
    drain,
    ...(log === undefined ? {} : { sessionLog: log }),
    args,
    onLine: (line, stream, { place }) => void process[stream].write(`[${place}] ${line}\n`),
    // A failure of the start ends the command, which reports it.
    onEvent: (event) => (isStarted ? noteEvent(event) : undefined),
  });
  const served = await serving.catch((error: Error) => {
    if (error instanceof ProcessesError) throw new CommandError("SERVER_NOT_LOADED", error.message);
    throw error;
  });
  isStarted = true;
  noteStart(served);
  closeOnSignals(served);
  reloadOnSignal(served, (error) => {
    if ((error as { code?: string }).code !== "PROCESSES_CLOSED")
      note(`lupine: the reload failed, and the old workers stay: ${error.message}`);
  });
  await served.broken.catch((error: Error) => {
    throw new CommandError("CRASH_LOOP", error.message, { exitCode: ExitCode.FAILED });
  });
}

/** Each record is on the disk before its reply is sent, so nothing is lost when the process ends. */
async function openLog(path: string): Promise<SessionLog> {
  const { openSessionLog } = await import("../../session/log.js");
  const onError = (error: unknown): void => note(`lupine: ${path}: ${(error as Error).message}`);
  try {
    return await openSessionLog(path, { onError });
  } catch (error) {
    throw new CommandError("UNUSABLE_LOG", `cannot use the session log ${path}: ${(error as Error).message}`);
  }
}

function noteTaken(address: Address): void {
  const advice = "if a server was killed there, its workers finish their calls first; trying again for 6 seconds";
  note(`lupine: ${formatAddress(address)} is in use; ${advice}`);
}

function noteStart({ addresses, programs, registration, size }: Served): void {
  const names = programs.map(({ name, version }) => `${name} version ${version}`).join(", ") || "no program";
  note(`lupine: ${size} ${size === 1 ? "worker serves" : "workers serve"} ${names}`);
  for (const address of addresses) note(`listening at ${formatAddress(address)}`);
  if (registration !== undefined) note(`registered with ${registration.binder}`);
}

function noteEvent(event: ProcessEvent): void {
  const { place, pid } = event.worker;
  const worker = `lupine: worker ${place} (process ${pid})`;
  switch (event.kind) {
    case "replaced":
      note(`${worker} was replaced (${event.reason})`);
      return;
    case "killed":
      note(`${worker} was killed: ${event.reason === "silent" ? "it did not respond" : "it did not end in time"}`);
      return;
    case "failed":
      note(`${worker} did not start: ${event.error.message}`);
      return;
    case "ended":
      if (!event.expected) note(`${worker} ended with ${event.signal ?? `code ${event.code}`}`);
  }
}
