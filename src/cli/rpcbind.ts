// `lupine rpcbind`: runs a binder until it is told to stop.
import { type Command, InvalidArgumentError } from "commander";
import { TransportError } from "../transport/connection.js";
import { CommandError, ExitCode, note, printResult } from "./output.js";

interface RpcbindCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly unix?: string;
  readonly json?: true;
}

const notes = `
Serves versions 2, 3 and 4 over TCP and UDP, in the foreground; Ctrl-C or SIGTERM ends it, and what was registered
is forgotten. Only programs of this machine may register. Where it listens is told on stderr.

Examples:
  $ lupine rpcbind --port 0                                         any free port of the loopback interface
  $ sudo lupine rpcbind --host 0.0.0.0 --unix /run/rpcbind.sock     for C programs and other machines`;

/** Adds `lupine rpcbind`. */
export function addRpcbindCommand(program: Command): void {
  program
    .command("rpcbind")
    .summary("run a binder (rpcbind, portmapper)")
    .description("Run a binder, which knows where the programs of this machine listen.")
    .option("-p, --port <number>", "TCP and UDP port; 0 for a free one", parsePort, 111)
    .option("--host <address>", "IP address to listen at; 0.0.0.0 or :: for all", "127.0.0.1")
    .option("--unix <path>", "Unix socket to listen at as well (only this user may open it)")
    .option("--json", "print where it listens as JSON on stdout, and any error as JSON")
    .addHelpText("after", notes)
    .action(runRpcbind);
}

async function runRpcbind({ port, host, unix, json }: RpcbindCommandOptions): Promise<void> {
  const { startRpcbind } = await import("../binding/index.js");
  const { formatAddress } = await import("../transport/index.js");
  const rpcbind = await startRpcbind({ port, host, ...(unix === undefined ? {} : { unixPath: unix }) }).catch(
    cannotListen,
  );
  const stopped = firstSignal();
  const addresses = rpcbind.addresses.map(formatAddress);
  if (json) printResult(JSON.stringify({ listening: addresses }));
  for (const address of addresses) note(`rpcbind listens at ${address}`);
  await stopped;
  await rpcbind.close();
}

function cannotListen(error: unknown): never {
  if (!(error instanceof TransportError) || error.code !== "TRANSPORT_LISTEN_FAILED") throw error;
  throw new CommandError(error.code, error.message, { cause: error, exitCode: ExitCode.FAILED });
}

/** Told to stop is what this command is for: it then ends with 0. A second signal ends it at once. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ["SIGINT", "SIGTERM"] as const;
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}
