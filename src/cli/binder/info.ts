// `lupine info`: lists a host's registrations, calls programs, and finds servers on the local networks.
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration, timeoutOption } from "../options.js";
import { CommandError } from "../output.js";
import { addTlsOptions } from "../tls-flags.js";
import type { InfoOptions } from "./info-options.js";

const notes = `
Words: HOST [PROGRAM [VERSION]]. With --address, --broadcast and --delete there is no host: PROGRAM [VERSION].
With a program (number or name) it calls procedure 0 of each registered version and transport. With --tcp, --udp,
--transport, --port or --address it first asks the program for its versions.
The short options are those of rpcinfo. Ends with 4 when no binder answers, or a program does not.

Examples:
  $ lupine info --health                          every program here, with its response time
  $ lupine info server.example --brief
  $ lupine info localhost nfs 3
  $ lupine info server.example nfs --tcp          the versions that it serves over TCP
  $ lupine info server.example 300123 --udp --port 2049      no binder is asked
  $ lupine info server.example nfs --tls --cafile ca.pem     its certificate
  $ lupine info --address 192.0.2.7.8.1 nfs
  $ lupine info --broadcast rusersd 3`;

/** Adds `lupine info`. */
export function addInfoCommand(program: Command): void {
  const command = program.command("info");
  command
    .summary("list the programs registered on a host, or call one (rpcinfo)")
    .description("List the programs that a host's binder (rpcbind) knows, or see whether one of them answers.")
    .argument("[words...]", "[host] [program] [version]")
    .option("--health", "call every program, and show its response time")
    .option("-s, --brief", "one line for each program")
    .option("-p, --ports", "TCP and UDP ports, by version 2 of the protocol")
    .option("-m, --stats", "the binder's call statistics")
    .option("-l, --addresses", "the addresses of one version of a program")
    .option("-t, --tcp", "call a program over TCP")
    .option("-u, --udp", "call a program over UDP")
    .option("-T, --transport <netid>", "call a program over tcp, tcp6, udp, udp6 or local")
    .option("-n, --port <number>", "the program's port: no binder is asked", parsePort)
    .option("-a, --address <address>", "the program's universal address, or URL: no binder is asked")
    .option("-b, --broadcast", "broadcast: call a program on every host of the local networks")
    .option("--interfaces <names>", "the networks to broadcast to: interface names, separated by commas", parseNames)
    .option("-d, --delete", "remove a program version from this machine's binder")
    .option("-w, --watch [time]", "repeat every 2 seconds, or at the given interval", parseDuration)
    .option("--rpcbind <address>", "the binder (default: port 111 of the host)")
    .addOption(timeoutOption("how long to wait for an answer", 3))
    .option("--json", "print JSON, and any error as JSON")
    .addHelpText("after", notes)
    .action(runInfo);
  addTlsOptions(command, "call over TLS, and show the version and the server's certificate; TCP only");
}

type Mode = (words: readonly string[], options: InfoOptions) => Promise<void>;

async function runInfo(words: readonly string[], options: InfoOptions): Promise<void> {
  const mode = await modeOf(words, options);
  if (words.length > (isWithoutHost(options) ? 2 : 3)) {
    throw new CommandError("USAGE", `${words.length} words are too many: see lupine info --help`);
  }
  if (options.watch === undefined) return mode(words, options);
  const { again } = await import("./info-watch.js");
  await again(() => mode(words, options), options);
}

/** The mode; each module is loaded only when it is needed. */
async function modeOf(words: readonly string[], options: InfoOptions): Promise<Mode> {
  const chosen = ["brief", "ports", "stats", "addresses", "broadcast", "delete", "address"] as const;
  const given = chosen.filter((name) => options[name] !== undefined);
  if (given.length > 1) {
    throw new CommandError("USAGE", `${given.map((name) => `--${name}`).join(" and ")} cannot be combined`);
  }
  const { tcp, udp, transport, port, address } = options;
  if (options.stats) return (await import("./info-ask.js")).showStatistics;
  if (options.addresses) return (await import("./info-ask.js")).showAddresses;
  if (options.delete) return (await import("./info-ask.js")).removeRegistration;
  if (options.broadcast) return (await import("./info-broadcast.js")).showBroadcast;
  if (tcp || udp || transport !== undefined || port !== undefined || address !== undefined) {
    return (await import("./info-probe.js")).probeVersions;
  }
  if (words.length > 1) return (await import("./info-probe.js")).probeRegistered;
  return (await import("./info-list.js")).showList;
}

function isWithoutHost({ address, broadcast, delete: remove }: InfoOptions): boolean {
  return address !== undefined || broadcast === true || remove === true;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be 1 to 65535.");
  return port;
}

function parseNames(text: string): string[] {
  return text.split(",").filter((name) => name !== "");
}
