// `lupine directory`: runs a directory server, and asks any directory. Each subcommand's work is loaded when it runs.
import { type Command, InvalidArgumentError, Option } from "commander";
import { collect, parseDescriptor, parseMode, parsePort } from "../binder/daemon.js";
import { parseDuration, timeoutOption } from "../options.js";
import { addTlsOptions, addTlsServerOptions } from "../tls-flags.js";

const notes = `
A service is a path, like /services/time; each of its servers registers with a lease. A directory is named by
  host                 the directory that its rpcbind lists, else port 10112
  tcp://host:port      tls://host:port or unix:/path: a directory server
  nats://host:port     NATS JetStream
  dns:example.org      SRV records, read only
Without --directory, it is LUPINE_DIRECTORY, else this machine. See docs/guides/directory.md.

Examples:
  $ lupine directory serve --all --registrants 192.0.2.0/24 --state /var/lib/lupine/directory.state
  $ lupine directory register /services/time tcp://0.0.0.0:2049 --program 300123.1 --directory 192.0.2.7
  $ lupine directory watch /services/time --directory 192.0.2.7`;

const serveNotes = `
Serves in the foreground; Ctrl-C or SIGTERM stops it. Every caller may look services up; only programs of this machine
may register, unless --registrants or --secret-file allow others. Under systemd it uses the sockets that systemd passes,
and reports when it is ready.

Examples:
  $ lupine directory serve
  $ lupine directory serve --all --registrants 192.0.2.0/24 --state /var/lib/lupine/directory.state
  $ (umask 077; openssl rand -hex 32 > secret) && lupine directory serve --all --secret-file secret`;

const registerNotes = `
An address is a URL, or only a host, whose rpcbind lists the port. tcp://0.0.0.0:PORT is registered with an address at
which others reach this machine.

Examples:
  $ lupine directory register /services/time tcp://0.0.0.0:2049 --program 300123.1
  $ lupine directory register /services/time tcp://0.0.0.0:2049 --program 300123.1 -- ./time-server --port 2049`;

/** Adds `lupine directory`. */
export function addDirectoryCommand(program: Command): void {
  const directory = program
    .command("directory")
    .summary("run a directory of services, or query one")
    .description("Services by name, on any machine: run a directory, look services up, register servers.")
    .addHelpText("after", notes);
  addServe(directory);
  addList(directory);
  addLookup(directory);
  addWatch(directory);
  addRegister(directory);
}

function addServe(directory: Command): void {
  const command = directory
    .command("serve")
    .description("Run a directory server.")
    .option("-p, --port <number>", "TCP port; 0 for a free one", parsePort, 10_112)
    .addOption(
      new Option("--bind <address>", "IP address to listen at, may be repeated")
        .argParser(collect)
        .default([], "127.0.0.1"),
    )
    .option("--all", "listen at all addresses of IPv4 and IPv6")
    .option("--udp", "serve UDP of the same port as well, to callers of this machine")
    .option("--unix <path>", "Unix socket to listen at as well")
    .addOption(new Option("--unix-mode <mode>", "its permissions").argParser(parseMode).default(0o600, "600"))
    .addOption(
      new Option(
        "--registrants <who>",
        'who may register: "local" (this machine), "any", or an IP address or network like 10.1.0.0/16, repeatable',
      )
        .argParser((text: string, before: readonly string[] | undefined) => collect(text, before ?? []))
        .default(undefined, 'local; with --secret-file "any"'),
    )
    .option("--secret-file <file>", "accept registrations only with a secret from this file: NAME SECRET on each line")
    .option("--most-weight <number>", "the highest weight; higher ones are lowered to it", parseNumber)
    .option("--least-priority <number>", "the lowest priority number; lower ones are raised to it", parseNumber)
    .option("--most <number>", "most registrations in all (default: 100000)", parseNumber)
    .option("--most-per-host <number>", "most registrations from one machine (default: 20000)", parseNumber)
    .option("--rpcbind <which>", 'the rpcbind to register with: "auto", "system", "none", or an address', "auto")
    .option("--state <file>", "keep registrations in a file, to restore them after a crash")
    .option("--pid-file <file>", "write the process id to a file, and lock it against a second process")
    .addOption(
      new Option("--log <what>", "which calls to log on stderr")
        .choices(["none", "refused", "changes"])
        .default("changes"),
    )
    .option("--ready-fd <number>", 'write "READY=1" to this file descriptor once calls are served', parseDescriptor)
    .option("--json", "print where it listens as JSON on stdout, and any error as JSON")
    .addHelpText("after", serveNotes)
    .action(async (options) => (await import("./directory-serve.js")).serveDirectory(options));
  addTlsServerOptions(command);
}

function addList(directory: Command): void {
  const command = directory
    .command("list")
    .description("List the services at or below a folder.")
    .argument("[folder]", "where to begin", "/")
    .action(async (folder, options) => (await import("./directory-ask.js")).listServices(folder, options));
  addAskOptions(command, "any error as JSON");
}

function addLookup(directory: Command): void {
  const command = directory
    .command("lookup")
    .description("Show the servers of a service. Exits with 4 if there are no servers.")
    .argument("<path>", "the service")
    .action(async (path, options) => (await import("./directory-ask.js")).lookUpService(path, options));
  addAskOptions(command, "any error as JSON");
}

function addWatch(directory: Command): void {
  const command = directory
    .command("watch")
    .description("Show the servers of a service, and every change of them, until Ctrl-C.")
    .argument("<path>", "the service")
    .action(async (path, options) => (await import("./directory-ask.js")).watchService(path, options));
  addAskOptions(command, "one line for each change");
}

function addRegister(directory: Command): void {
  const command = directory
    .command("register")
    .description("Register a server that cannot do so itself, until Ctrl-C; or run one, and register it while it runs.")
    .argument("<path>", "the service")
    .argument("<address...>", "where the server listens; after -- the command that runs it, and its arguments")
    .addOption(
      new Option("--program <program.version>", "what it implements, as 300123.1; may be repeated")
        .argParser((text, before: readonly string[] | undefined) => collect(text, before ?? []))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--lease <time>", "the lease: how long the registration lasts unless it is renewed")
        .argParser(parseDuration)
        .default(3_000, "3s"),
    )
    .option(
      "--secret-file <file>",
      "prove the registration with the first secret of this file (default: LUPINE_DIRECTORY_SECRET_FILE)",
    )
    .option("--priority <number>", "servers with a lower number are used first", parseNumber, 0)
    .option("--weight <number>", "its relative share of the calls", parseNumber, 1)
    .option("--no-probe", "renew the lease even while nothing listens at the addresses")
    .addHelpText("after", registerNotes)
    .action(async (path, words, options) => (await import("./directory-register.js")).register(path, words, options));
  addAskOptions(command, "any error as JSON");
}

function addAskOptions(command: Command, json: string): void {
  command
    .option("-d, --directory <url>", "the directory to ask (default: LUPINE_DIRECTORY, else this machine's)")
    .addOption(timeoutOption("how long to wait for an answer", 5))
    .option("--json", `print JSON, ${json}`);
  addTlsOptions(command, "ask a directory server over TLS, or not at all; so does a tls:// address");
}

function parseNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
}
