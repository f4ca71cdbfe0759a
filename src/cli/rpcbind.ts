// `lupine rpcbind`: runs a binder until it is told to stop.
import { type Command, Option } from "commander";
import type { BinderEvent, Rpcbind, RpcbindOptions } from "../binding/index.js";
import {
  cannotStart,
  collect,
  firstSignal,
  hostsOf,
  lockOf,
  parseDescriptor,
  parseMode,
  parsePort,
  tellListening,
  tellReady,
} from "./daemon.js";
import { note } from "./output.js";

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
      new Option("--unix-mode <mode>", "its permissions; 666 lets programs of all users register there")
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
  using _lock = await lockOf(options.pidFile);
  await using rpcbind = await start(options);
  await tellListening("rpcbind", rpcbind.addresses, options);
  await tellReady("rpcbind", options.readyFd);
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
    helper: true,
    inherited: inheritedSockets(),
    log: await logger(options.log),
    ...(unix === undefined ? {} : { unixPath: unix }),
    ...(state === undefined ? {} : { stateFile: state }),
  };
  return startRpcbind(settings).catch(cannotStart);
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
