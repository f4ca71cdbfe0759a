// `lupine dce epmap`: endpoint mappers. Each subcommand's work is loaded when it runs.
import { type Command, Option } from "commander";
import { collect, parseDescriptor, parsePort } from "../binder/daemon.js";
import { timeoutOption } from "../options.js";

const notes = `
An endpoint mapper knows at which ports the servers of its machine listen. It is named by
  host                      its port is 135
  host[port]                another port, in quotes for the shell
  ncacn_ip_tcp:host[port]   the same as a string binding
Without a name it is that of this machine. See docs/guides/dce.md.

Examples:
  $ lupine dce epmap list 192.0.2.7
  $ sudo lupine dce epmap serve --all
  $ lupine dce epmap register 'ncacn_ip_tcp:192.0.2.7[2049]' --interface b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1@1.0`;

const serveNotes = `
Serves in the foreground; Ctrl-C or SIGTERM stops it. Everybody may ask it; only programs of this machine may register.
Port 135 needs root. Registrations are kept in memory: servers of Lupine repeat theirs every minute.

Examples:
  $ sudo lupine dce epmap serve --all
  $ lupine dce epmap serve --port 1135`;

const registerNotes = `
Registers a server that cannot do so itself, until Ctrl-C. --no-wait ends at once and leaves it registered.

Examples:
  $ lupine dce epmap register 'ncacn_ip_tcp:192.0.2.7[2049]' --interface b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1@1.0`;

/** Adds `lupine dce epmap`. */
export function addEpmap(dce: Command): void {
  const epmap = dce
    .command("epmap")
    .summary("list, run and register with endpoint mappers")
    .description("Endpoint mappers: list the servers of a machine, run one, register a server.")
    .addHelpText("after", notes);
  epmap
    .command("list")
    .description("List the endpoints of a machine. Exits with 4 if its endpoint mapper cannot be reached.")
    .argument("[mapper]", "the endpoint mapper", "127.0.0.1")
    .option("--interface <uuid>", "only the endpoints of this interface")
    .addOption(timeoutOption("how long to wait for an answer", 5))
    .option("--json", "print JSON, and any error as JSON")
    .action(async (mapper, options) => (await import("./epmap-run.js")).listEndpoints(mapper, options));
  addServe(epmap);
  registering(epmap.command("register"))
    .description("Register a server, until Ctrl-C.")
    .option("--annotation <text>", "a description of it, for lists: at most 63 bytes", "")
    .option("--no-wait", "end at once, and leave the server registered")
    .addHelpText("after", registerNotes)
    .action(async (addresses, options) => (await import("./epmap-run.js")).registerServer(addresses, options));
  registering(epmap.command("unregister"))
    .description("Remove the registration of a server, for example of one that was killed.")
    .action(async (addresses, options) => (await import("./epmap-run.js")).unregisterServer(addresses, options));
}

function addServe(epmap: Command): void {
  epmap
    .command("serve")
    .description("Run an endpoint mapper.")
    .option("-p, --port <number>", "TCP port; 0 for a free one", parsePort, 135)
    .addOption(
      new Option("--bind <address>", "IP address to listen at, may be repeated")
        .argParser(collect)
        .default([], "127.0.0.1"),
    )
    .option("--all", "listen at all addresses of IPv4 and IPv6")
    .option("--pid-file <file>", "write the process id to a file, and lock it against a second process")
    .option("--ready-fd <number>", 'write "READY=1" to this file descriptor once calls are served', parseDescriptor)
    .option("--json", "print where it listens as JSON on stdout, and any error as JSON")
    .addHelpText("after", serveNotes)
    .action(async (options) => (await import("./epmap-run.js")).serveMapper(options));
}

function registering(command: Command): Command {
  return command
    .argument("<address...>", "where the server listens: string bindings with a port")
    .addOption(
      new Option("--interface <uuid@version>", "what it implements, as UUID@1.0; may be repeated")
        .argParser((text, before: readonly string[] | undefined) => collect(text, before ?? []))
        .makeOptionMandatory(),
    )
    .option("--mapper <mapper>", "the endpoint mapper", "127.0.0.1")
    .option("--json", "any error as JSON");
}
