// `lupine rpcbind`: runs a binder until it is told to stop.
import { closeSync, writeSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { BinderEvent, Rpcbind, RpcbindOptions } from "../binding/index.js";
import { TransportError } from "../transport/connection.js";
import { CommandError, ExitCode, note, printResult } from "./output.js";

type LogLevel = (typeof logLevels)[number];
const logLevels = ["none", "refused", "changes"] as const;

interface RpcbindCommandOptions {
  readonly port: number;
  readonly host?: string;
  readonly bind: readonly string[];
  readonly all?: true;
  readonly unix?: string;
  readonly unixMode: number;
  readonly remoteCalls?: true;
  readonly insecure?: true;
  readonly state?: string;
  readonly pidFile?: string;
  readonly keepGone?: true;
  readonly log: LogLevel;
  readonly readyFd?: number;
  readonly json?: true;
}

const notes = `
Serves versions 2, 3 and 4 over TCP and UDP in the foreground; Ctrl-C or SIGTERM ends it when the calls under way are
answered. Only programs of this machine may register. Where it listens, and who registers what, is told on stderr.
Under systemd it serves the sockets that it is handed, and tells when it is ready: see docs/guides/rpcbind.md.

Examples:
  $ lupine rpcbind --port 0                               any free port of the loopback interface
  $ lupine rpcbind --bind 192.0.2.7 --bind ::1            two interfaces
  $ sudo lupine rpcbind --all --unix /run/rpcbind.sock --state /run/lupine-rpcbind.state
                                                          for C programs and other machines, in place of the system's`;

/** Adds `lupine rpcbind`. */
export function addRpcbindCommand(program: Command): void {
  program
    .command("rpcbind")
    .summary("run a binder (rpcbind, portmapper)")
    .description("Run a binder, which knows where the programs of this machine listen.")
    .option("-p, --port <number>", "TCP and UDP port; 0 for a free one", parsePort, 111)
    .addOption(
      new Option("--bind <address>", "IP address to listen at, may be repeated")
        .argParser(collect)
        .default([], "127.0.0.1"),
    )
    .addOption(new Option("--host <address>", "the same, once").hideHelp())
    .option("--all", "listen at all addresses of IPv4 and IPv6")
    .option("--unix <path>", "Unix socket to listen at as well")
    .addOption(
      new Option("--unix-mode <mode>", "its permissions; who may open it is believed about who it is")
        .argParser(parseMode)
        .default(0o600, "600"),
    )
    .option("--remote-calls", "call programs of this machine for others, for broadcasts (CALLIT, BCAST, INDIRECT)")
    .option("--insecure", "let other machines register programs")
    .option("--state <file>", "keep registrations in a file, for a start after a crash")
    .option("--keep-gone", "keep the registrations of servers that are gone")
    .option("--pid-file <file>", "write the process number to a file, which only one process can hold")
    .addOption(new Option("--log <what>", "what to tell of calls on stderr").choices(logLevels).default("changes"))
    .option("--ready-fd <number>", 'write "READY=1" to this file descriptor when calls are served', parseDescriptor)
    .option("--json", "print where it listens as JSON on stdout, and any error as JSON")
    .addHelpText("after", notes)
    .action(runRpcbind);
}

async function runRpcbind(options: RpcbindCommandOptions): Promise<void> {
  const stopped = firstSignal();
  const { formatAddress } = await import("../transport/index.js");
  using _lock = await lockOf(options.pidFile);
  await using rpcbind = await start(options);
  const addresses = rpcbind.addresses.map(formatAddress);
  if (options.json) printResult(JSON.stringify({ listening: addresses }));
  for (const address of addresses) note(`rpcbind listens at ${address}`);
  await tellReady(options.readyFd);
  await stopped;
}

async function start(options: RpcbindCommandOptions): Promise<Rpcbind> {
  const { startRpcbind } = await import("../binding/index.js");
  const { inheritedSockets } = await import("./systemd.js");
  const { port, unix, unixMode, remoteCalls, insecure, state, keepGone } = options;
  const settings: RpcbindOptions = {
    port,
    host: hostsOf(options),
    unixMode,
    remoteCalls: remoteCalls === true,
    insecure: insecure === true,
    removeGone: keepGone !== true,
    inherited: inheritedSockets(),
    log: await logger(options.log),
    ...(unix === undefined ? {} : { unixPath: unix }),
    ...(state === undefined ? {} : { stateFile: state }),
  };
  return startRpcbind(settings).catch(cannotStart);
}

function hostsOf({ all, bind, host }: RpcbindCommandOptions): readonly string[] {
  if (all) return ["0.0.0.0", "::"];
  const given = host === undefined ? bind : [host, ...bind];
  return given.length === 0 ? ["127.0.0.1"] : given;
}

async function logger(level: LogLevel): Promise<(event: BinderEvent) => void> {
  const { formatEvent } = await import("../binding/index.js");
  return (event) => {
    if (level === "none" && event.kind !== "state") return;
    const isRefusal = event.kind === "denied" || event.kind === "flood" || "refusal" in event || "failure" in event;
    const isQuiet =
      "refusal" in event ? event.refusal === undefined : "failure" in event && event.failure === undefined;
    if (level === "refused" && (!isRefusal || isQuiet)) return;
    note(formatEvent(event));
  };
}

async function lockOf(path: string | undefined): Promise<Disposable> {
  if (path === undefined) return { [Symbol.dispose]: () => {} };
  const { ProcessLock } = await import("../binding/index.js");
  try {
    const lock = new ProcessLock(path);
    return { [Symbol.dispose]: () => lock.release() };
  } catch (error) {
    return cannotStart(error);
  }
}

/** By a descriptor, and to systemd by its own tool, because Node has no datagrams over Unix sockets. */
async function tellReady(descriptor: number | undefined): Promise<void> {
  if (descriptor !== undefined) {
    try {
      writeSync(descriptor, "READY=1\n");
      closeSync(descriptor);
    } catch (error) {
      note(`cannot write to file descriptor ${descriptor} that rpcbind is ready: ${(error as Error).message}`);
    }
  }
  const { notifySystemd } = await import("./systemd.js");
  await notifySystemd();
}

function cannotStart(error: unknown): never {
  const isOwn = error instanceof Error && error.name === "LockTaken";
  if (isOwn) throw new CommandError("ALREADY_RUNNING", error.message, { cause: error, exitCode: ExitCode.FAILED });
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

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}

function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("Write it like 600 or 0666.");
  return Number.parseInt(text, 8);
}

function parseDescriptor(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It must be the number of an open file descriptor.");
  return Number(text);
}
