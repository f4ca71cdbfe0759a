// `lupine rpcbind`: runs a binder until a signal stops it.
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import type { BinderEvent, Rpcbind, RpcbindOptions } from "../../binding/index.js";
import { CommandError, ExitCode, note } from "../output.js";
import { addTlsServerOptions, type TlsServerFlags, tlsServerOf } from "../tls-flags.js";
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

type LogLevel = (typeof logLevels)[number];
const logLevels = ["none", "refused", "changes"] as const;

interface RpcbindCommandOptions extends TlsServerFlags {
  readonly system?: true;
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
Serves versions 2, 3 and 4 over TCP and UDP in the foreground. Ctrl-C or SIGTERM stops it after the calls in progress.
Only programs of this machine may register. Its addresses and all registrations are logged to stderr.
Under systemd it uses the sockets that systemd passes, and reports when it is ready: see docs/guides/rpcbind.md.

--system is short for --all --port 111 --unix /run/rpcbind.sock --unix-mode 666 --state /run/lupine-rpcbind/state. It needs
root. Options that are given beside it take precedence.

Examples:
  $ sudo lupine rpcbind --system                          in place of the system's rpcbind
  $ lupine rpcbind --port 0                               any free port of the loopback interface
  $ lupine rpcbind --bind 192.0.2.7 --bind ::1            two interfaces
  $ sudo lupine rpcbind --all --unix /run/rpcbind.sock    for C programs and other machines, without state`;

/** Adds `lupine rpcbind`. */
export function addRpcbindCommand(program: Command): void {
  const command = program
    .command("rpcbind")
    .summary("run a binder (rpcbind, portmapper)")
    .description("Run a binder, which knows where the programs of this machine listen.")
    .option("--system", "as this machine's binder: --all, the Unix socket for all users, state kept (see below)")
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
    .option("--remote-calls", "forward calls to programs of this machine, for broadcasts (CALLIT, BCAST, INDIRECT)")
    .option("--insecure", "let other machines register programs")
    .option("--state <file>", "keep registrations in a file, to restore them after a crash")
    .option("--keep-gone", "keep the registrations of servers that have stopped")
    .option("--pid-file <file>", "write the process id to a file, and lock it against a second process")
    .addOption(new Option("--log <what>", "which calls to log on stderr").choices(logLevels).default("changes"))
    .option("--ready-fd <number>", 'write "READY=1" to this file descriptor once calls are served', parseDescriptor)
    .option("--json", "print where it listens as JSON on stdout, and any error as JSON")
    .addHelpText("after", notes)
    .action(runRpcbind);
  addTlsServerOptions(command);
}

/**
 * Where the system's binder keeps its registrations: files in /run do not survive a restart of the machine, and neither
 * do servers.
 */
const systemState = "/run/lupine-rpcbind/state";

/** The options that `--system` sets, unless given. */
function withSystem(options: RpcbindCommandOptions, command: Command): RpcbindCommandOptions {
  if (!options.system) return options;
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const names = options.bind.length > 0 || options.host !== undefined;
  return {
    ...options,
    ...(names ? {} : { all: true }),
    unix: options.unix ?? "/run/rpcbind.sock",
    unixMode: isGiven("unixMode") ? options.unixMode : 0o666,
    state: options.state ?? systemState,
  };
}

/** The folder for the state of `--system`, which no other user can access. */
async function makeStateFolder({ system, state }: RpcbindCommandOptions): Promise<void> {
  if (!system || state !== systemState) return;
  const { access, constants, mkdir } = await import("node:fs/promises");
  const folder = dirname(systemState);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const advice = "run it as root, sudo lupine rpcbind --system, or give another --state, --port and --unix";
    const message = `cannot write to ${folder}: ${advice}`;
    throw new CommandError("CANNOT_START", message, { cause, exitCode: ExitCode.FAILED });
  }
}

/** Port 111 is most often taken by the binder that the system brings. */
function explainTaken(error: unknown): never {
  if (!(error instanceof Error) || !/:111: the address is in use/.test(error.message)) return cannotStart(error);
  const advice = "sudo systemctl stop rpcbind.socket rpcbind.service stops that of the system";
  const message = `${error.message.replace(/: stop the other program.*/, "")}: another binder is running; ${advice}`;
  throw new CommandError("TRANSPORT_LISTEN_FAILED", message, { cause: error, exitCode: ExitCode.FAILED });
}

async function runRpcbind(given: RpcbindCommandOptions, command: Command): Promise<void> {
  const options = withSystem(given, command);
  await makeStateFolder(options);
  const stopped = firstSignal();
  using _lock = await lockOf(options.pidFile);
  await using rpcbind = await start(options);
  await tellListening("rpcbind", rpcbind.addresses, options);
  await tellReady("rpcbind", options.readyFd);
  await stopped;
}

async function start(options: RpcbindCommandOptions): Promise<Rpcbind> {
  const { startRpcbind } = await import("../../binding/index.js");
  const { inheritedSockets } = await import("../../machine/systemd.js");
  const { port, unix, unixMode, remoteCalls, insecure, state, keepGone } = options;
  const tls = tlsServerOf(options);
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
    ...(tls === undefined ? {} : { tls }),
    ...(unix === undefined ? {} : { unixPath: unix }),
    ...(state === undefined ? {} : { stateFile: state }),
  };
  return startRpcbind(settings).catch(explainTaken);
}

async function logger(level: LogLevel): Promise<(event: BinderEvent) => void> {
  const { formatEvent } = await import("../../binding/index.js");
  return (event) => {
    if (event.kind === "state" || event.kind === "trouble") return note(formatEvent(event));
    if (level === "none") return;
    const isRefusal = event.kind === "denied" || event.kind === "flood" || "refusal" in event || "failure" in event;
    const isQuiet =
      "refusal" in event ? event.refusal === undefined : "failure" in event && event.failure === undefined;
    if (level === "refused" && (!isRefusal || isQuiet)) return;
    note(formatEvent(event));
  };
}
