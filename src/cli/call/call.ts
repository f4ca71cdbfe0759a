// `lupine call FILE.x ADDRESS PROCEDURE [JSON...]`: one call with no generated code, JSON in and out.
import { type Command, Option } from "commander";
import type { FoundProcedure } from "../../dynamic/find.js";
import type { Interface } from "../../dynamic/interface.js";
import type { Procedure } from "../../rpc/program.js";
import { addInterfaceOptions, addTypeOption, type InterfaceFlags } from "../interface-options.js";
import { timeoutOption } from "../options.js";
import { CommandError, note, noteForgiven, printJson, printResult, usable } from "../output.js";
import { addTlsOptions, type TlsFlags, tlsOf } from "../tls-flags.js";
import { addCredentialOptions, type CredentialFlags, credentialOf, sourcePortOf } from "./credential.js";
import type { DeferredOutcome } from "./deferred-call.js";

interface CallCommandOptions extends InterfaceFlags, CredentialFlags, TlsFlags {
  readonly transport?: "tcp" | "udp";
  readonly timeout: number;
  readonly rpcbind?: string;
  readonly lenient?: true;
  readonly trace?: true;
  readonly strict?: true;
  readonly json?: true;
  readonly deferred?: true;
  readonly detach?: true;
  readonly ticket?: string;
  readonly stream?: true;
  readonly oneWay?: true;
}

const examples = `
Examples:
  $ lupine call add.x localhost ADD_PROG.add '{"a":1,"b":2}'
  3
  $ lupine call add.x tcp://localhost:2049 ADD_PROG.1.add '{"a":1,"b":2}'
  $ lupine call add.x tls://localhost:2049 add '{"a":1,"b":2}' --cafile ca.pem
  $ echo '{"a":1,"b":2}' | lupine call add.x udp://localhost:2049 add -`;

/** Adds `lupine call`. */
export function addCallCommand(program: Command): void {
  const command = program.command("call");
  command
    .summary("call a procedure of a server")
    .description("Call a procedure of a server, with JSON arguments, and print the result as JSON.")
    .argument("<file.x>", "interface file")
    .argument(
      "<address>",
      "a host (its rpcbind is asked), tcp://host:port, tls://host:port, udp://host:port, unix:/path, a universal address, or a service of a directory, dir:/services/time",
    )
    .argument("<procedure>", "PROGRAM.PROCEDURE, PROGRAM.VERSION.PROCEDURE or PROCEDURE; names or numbers")
    .argument("[json...]", "the arguments: one word each, or all in one array; - for standard input")
    .addOption(new Option("-t, --transport <name>", "transport to ask the host's rpcbind for").choices(["tcp", "udp"]))
    .addOption(timeoutOption("how long to wait", 10))
    .option("--rpcbind <address>", "the rpcbind to ask (default: port 111 of the host)")
    .option("--lenient", "accept bad padding and invalid booleans in a result, with a note on stderr")
    .option("--strict", "reject a result with bytes left over after it (default: ignore them, with a note on stderr)")
    .option("--trace", "show every message on stderr byte by byte, with times: those to the binder, too")
    .option(
      "--deferred",
      "make a deferred call, and show its progress, for as long as it takes or for --timeout; the server needs serveDeferred",
    )
    .option("--detach", "with --deferred: print the ticket's id, and do not wait")
    .option("--ticket <id>", "wait for the outcome of an earlier deferred call; give no arguments")
    .option(
      "--stream",
      "read a stream: one result a line, until it ends or Ctrl-C; procedures marked @stream need no flag",
    )
    .option("--one-way", "do not wait for the reply: end when the call was sent")
    .option("--json", "print the result on one line, and any error as JSON")
    .addHelpText("after", examples)
    .action(runCall);
  addCredentialOptions(command);
  addTlsOptions(command, "call only over TLS (RFC 9289), as with a tls:// address");
  addInterfaceOptions(command);
  addTypeOption(command);
}

async function runCall(
  file: string,
  address: string,
  name: string,
  words: readonly string[],
  options: CallCommandOptions,
  command: Command,
): Promise<void> {
  const { named, openInterface, refuseExterns } = await import("./named-types.js");
  const { findProcedure } = await import("../../dynamic/find.js");
  const { readArguments } = await import("./call-arguments.js");
  const { toJson } = await import("../../xdr/index.js");
  const open = await openInterface(file, options);
  const found = named(() => findProcedure(open.programs, name));
  for (const type of [found.procedure.args, found.procedure.result]) refuseExterns(open, type);
  const isDeferred = options.deferred === true || options.ticket !== undefined;
  checkWays(options, found.procedure);
  checkDeferred(options, words);
  const args = options.ticket === undefined ? await readArguments(found.procedure, words) : [];
  const endTrace = options.trace ? await traced(open, options) : undefined;
  if (isStream(options, found.procedure)) {
    const { callStream } = await import("./stream-call.js");
    return callStream(found, address, args, await clientOptionsOf(options)).finally(endTrace);
  }
  const outcome = isDeferred
    ? await deferredOnce(found, address, args, { ...options, patience: patienceOf(options, command) }).finally(endTrace)
    : { result: await callOnce(found, address, args, options).finally(endTrace) };
  if (outcome === undefined) return;
  const { result } = outcome;
  const { shape } = found.procedure.result;
  const isOneWay = found.procedure.oneWay === true || options.oneWay === true;
  if (shape.kind !== "void" && !isOneWay) {
    printJson(toJson(found.procedure.result, result), options.json ? undefined : 2);
  } else if (options.json) printResult("null");
  else note(isOneWay ? "sent" : "ok");
}

async function traced(open: Interface, { json }: CallCommandOptions): Promise<() => void> {
  const { startTrace } = await import("../explain/trace.js");
  return startTrace({ programs: open.programs.flatMap(({ versions }) => versions), json: json ?? false });
}

/** Whether all results are read. A deferred or one-way call of a stream is that of an ordinary procedure. */
function isStream({ stream, deferred, ticket, oneWay }: CallCommandOptions, procedure: Procedure): boolean {
  if (deferred || ticket !== undefined || oneWay) return false;
  return stream === true || procedure.stream !== undefined;
}

/** @throws CommandError for ways to call that exclude each other. */
function checkWays({ stream, deferred, ticket, oneWay }: CallCommandOptions, procedure: Procedure): void {
  const { name, result } = procedure;
  const ways = { "--stream": stream, "--deferred": deferred, "--ticket": ticket, "--one-way": oneWay };
  const [first, second] = Object.entries(ways).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (second !== undefined) throw new CommandError("USAGE", `${first} does not go with ${second}`);
  if (oneWay && procedure.stream !== undefined)
    throw new CommandError("USAGE", `${name} is a stream: --one-way is for calls whose result nobody needs`);
  if (stream && result.shape.kind === "void")
    throw new CommandError("USAGE", `${name} returns void: it cannot be a stream`);
}

/** @throws CommandError for flags that do not go together. */
function checkDeferred({ deferred, detach, ticket }: CallCommandOptions, words: readonly string[]): void {
  if (detach && !deferred) throw new CommandError("USAGE", "--detach belongs to --deferred");
  if (ticket === undefined) return;
  if (words.length > 0) throw new CommandError("USAGE", "--ticket is for an earlier call: give no arguments");
  if (!/^[0-9a-f]{32}$/i.test(ticket)) throw new CommandError("USAGE", "--ticket takes 32 hexadecimal digits");
}

/** How long to wait for the outcome of a deferred call: as long as it takes, unless --timeout says otherwise. */
function patienceOf({ timeout }: CallCommandOptions, command: Command): number {
  return command.getOptionValueSource("timeout") === "default" ? Number.POSITIVE_INFINITY : timeout;
}

async function deferredOnce(
  found: FoundProcedure,
  address: string,
  args: readonly unknown[],
  options: CallCommandOptions & { readonly patience: number },
): Promise<DeferredOutcome> {
  const { callDeferred } = await import("./deferred-call.js");
  return callDeferred(found, address, args, { flags: options, client: await clientOptionsOf(options) });
}

async function clientOptionsOf(options: CallCommandOptions) {
  const { transport, rpcbind, timeout, lenient, strict } = options;
  const auth = await credentialOf(options);
  const tls = tlsOf(options);
  return {
    timeout,
    ...(tls === undefined ? {} : { tls }),
    ...(transport === undefined ? {} : { transport }),
    ...(rpcbind === undefined ? {} : { rpcbind }),
    ...(auth === undefined ? {} : { auth }),
    connection: { reservedPort: sourcePortOf(options) },
    ...(lenient ? { lenient: noteForgiven } : {}),
    ...(strict ? { strict } : {}),
    onLeftOver: ({ bytes }: { readonly bytes: number }) =>
      note(`lupine: ${bytes} bytes left over after the result were ignored (--strict refuses them)`),
  };
}

/** Connects, calls, closes. Ctrl-C cancels the call. */
async function callOnce(
  { program, method }: FoundProcedure,
  address: string,
  args: readonly unknown[],
  options: CallCommandOptions,
): Promise<unknown> {
  const { closeClient, createClient } = await import("../../index.js");
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  const clientOptions = await clientOptionsOf(options);
  const client = usable(() => createClient(program, address, clientOptions));
  try {
    const call = client[method] as (...args: readonly unknown[]) => Promise<unknown>;
    return await call(...args, { signal: interrupted.signal, ...(options.oneWay && { oneWay: true }) });
  } finally {
    process.off("SIGINT", interrupt);
    await closeClient(client);
  }
}
