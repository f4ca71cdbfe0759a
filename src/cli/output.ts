// Shared by all commands: output streams, reporting of failures, and exit codes.
// Only results go to stdout; all messages go to stderr.
import { jsonText, printableLines } from "../base/quote.js";
import { messageOf } from "../base/show.js";
import { DirectoryError, type DirectoryErrorCode } from "../directory/errors.js";
import { ProjectError } from "../project/problem.js";
import { RpcError } from "../rpc/errors.js";
import { TransportError } from "../transport/errors.js";
import { XdrError } from "../xdr/errors.js";

/** The exit codes. Listed in `lupine --help` and in docs/reference/cli.md. */
export const ExitCode = {
  /** Done. */
  OK: 0,
  /** The operation was tried and failed: a stale generated file with `gen --check`, bytes that do not decode. */
  FAILED: 1,
  /** Wrong usage, or an invalid input file, address or JSON value. Nothing was sent. */
  USAGE: 2,
  /** The server answered, and refused or denied the call. */
  REFUSED: 3,
  /** The server cannot be reached: a timeout, no connection, or a program that its binder does not know. */
  NO_CONTACT: 4,
  /** Interrupted with Ctrl-C. */
  INTERRUPTED: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A command's own failure: thrown by commands, and reported and converted to an exit code in one place, `report`. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Stable, upper case: "BAD_JSON". */
  readonly code: string;
  readonly exitCode: ExitCode;
  /** Further fields for `--json`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { exitCode?: ExitCode; details?: Record<string, unknown> } = {},
  ) {
    super(message, options);
    this.code = code;
    this.exitCode = options.exitCode ?? ExitCode.USAGE;
    this.details = options.details ?? {};
  }
}

/**
 * Several failures as one; undefined if there are none. The failure of one file does not prevent the others from being
 * processed.
 */
export function allFailures(failures: readonly CommandError[]): CommandError | undefined {
  if (failures.length < 2) return failures[0];
  const message = failures.map((one) => one.message).join("\n\n");
  const exitCode = failures.every((one) => one.exitCode === ExitCode.FAILED) ? ExitCode.FAILED : ExitCode.USAGE;
  const details = { failures: failures.map((one) => one.details) };
  return new CommandError("BAD_INTERFACE", message, { exitCode, details });
}

/** Records a command's own failure, to report it later. @throws any other error. */
export function collect(failures: CommandError[], error: unknown): undefined {
  const own = error instanceof ProjectError ? commandErrorOf(error) : error;
  if (!(own instanceof CommandError)) throw error;
  failures.push(own);
}

/** An unreadable file or configuration is wrong usage. */
function commandErrorOf({ code, message, details, cause }: ProjectError): CommandError {
  return new CommandError(code, message, { details, cause });
}

/** A failure in the form of `--json`, under the key `error`. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  readonly mayHaveRun?: boolean;
  readonly [detail: string]: unknown;
}

/** Does work whose TypeErrors are the library's words for options and targets that do not go together. @throws CommandError for those. */
export function usable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw usageError(error);
  }
}

/** A TypeError of the library is wrong usage; any other error stays what it is. */
export function usageError(error: unknown): unknown {
  return error instanceof TypeError ? new CommandError("USAGE", withFlags(error.message), { cause: error }) : error;
}

/** Writes a result. */
export function printResult(text: string | Uint8Array): void {
  process.stdout.write(typeof text === "string" && !text.endsWith("\n") ? `${text}\n` : text);
}

/** Writes a result as JSON. Characters of a peer that a terminal would obey are escaped. @param indent spaces; by default all is on one line. */
export function printJson(value: unknown, indent?: number): void {
  printResult(jsonText(value, indent));
}

/** Writes everything that is not a result: progress, warnings, errors. */
export function note(text: string): void {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}

/**
 * The formatting of text on a stream: colours and links on a terminal that supports them, and the width of its lines.
 */
export interface TextStyle {
  readonly color: boolean;
  /** Columns; undefined without a terminal. */
  readonly width?: number;
}

/** NO_COLOR (https://no-color.org) and FORCE_COLOR override the kind of the stream. */
export function styleOf(stream: NodeJS.WriteStream): TextStyle {
  const { NO_COLOR: no = "", FORCE_COLOR: force = "", TERM: term = "" } = process.env;
  const forced = force !== "" && force !== "0" && force !== "false";
  const color = no === "" && (forced || (stream.isTTY === true && term !== "dumb" && force === ""));
  return stream.isTTY && stream.columns > 0 ? { color, width: stream.columns } : { color };
}

/** Reports the faults that a lenient reader accepted. */
export function noteForgiven(what: string, offset: number): void {
  note(`lupine: accepted ${what} at byte ${offset}`);
}

/** Reports a failure on stderr, as a line or, with `json`, as one JSON object. @returns the exit code. */
export function report(error: unknown, options: { json: boolean; debug: boolean }): ExitCode {
  const { exitCode, ...report } = explainError(error);
  const message = withFlags(report.message);
  // Messages of this command may have colours; those of the library may have words of a peer.
  const isOwn = error instanceof CommandError || error instanceof ProjectError;
  const told = { ...report, message: isOwn || options.json ? message : printableLines(message) };
  if (options.json) note(jsonText({ error: told }));
  else note(`lupine: ${told.message}`);
  if (options.debug && error instanceof Error) note(error.stack ?? String(error));
  return exitCode;
}

/** Options of the library for which the command has flags. */
const flags: Readonly<Record<string, string>> = {
  timeout: "--timeout",
  connectTimeout: "--timeout",
  auth: "--auth or --sec",
  tls: "--tls",
  transport: "--transport",
  strict: "--strict",
  lenient: "--lenient",
  rpcbind: "--rpcbind",
  interfaces: "--interfaces",
  reservedPort: "--reserved-port",
};

/** Flags for properties of the `tls` options of clients and servers. */
const tlsFlags: Readonly<Record<string, string>> = {
  ca: "--cafile",
  cert: "--cert",
  key: "--key",
  servername: "--servername",
};

/** The library's messages name its options; users of the command know its flags. */
export function withFlags(message: string): string {
  return message
    .replace(/(?<![\w./])(?:options\.)?tls\.(\w+)(?![.:]\w)/g, (text, name: string) => tlsFlags[name] ?? text)
    .replace(/\boptions\.(\w+)/g, (text, name: string) => flags[name] ?? text)
    .replace(/\bdo without reservedPort\b/, "use --no-reserved-port");
}

/** The message for any error, and the exit code. */
export function explainError(error: unknown): ErrorReport {
  if (error instanceof CommandError) {
    return { code: error.code, message: error.message, exitCode: error.exitCode, ...error.details };
  }
  if (error instanceof ProjectError) return explainError(commandErrorOf(error));
  if (error instanceof RpcError) return explainRpcError(error);
  if (error instanceof XdrError) {
    return { code: error.code, message: error.message, exitCode: ExitCode.FAILED, ...placeOf(error) };
  }
  if (error instanceof TransportError) {
    return {
      code: error.code,
      message: error.message,
      exitCode: isBadAddress(error) ? ExitCode.USAGE : ExitCode.NO_CONTACT,
    };
  }
  if (error instanceof DirectoryError) {
    const { code, message } = error;
    return { code, message, exitCode: directoryExits.get(code) ?? ExitCode.USAGE };
  }
  if (isSystemError(error)) return explainSystemError(error);
  const message = `unexpected failure: ${messageOf(error)} (LUPINE_DEBUG=1 shows where)`;
  return { code: "UNEXPECTED", message, exitCode: ExitCode.FAILED };
}

const noContact = new Set([
  "RPC_TIMEOUT",
  "RPC_DISCONNECTED",
  "RPC_NO_BINDER",
  "RPC_NOT_REGISTERED",
  "RPC_NO_NETWORK",
  "RPC_BAD_BINDER_ANSWER",
]);
const ownFault = new Set(["RPC_CANT_ENCODE_ARGS"]);

/** The other codes mean wrong usage. */
const directoryExits = new Map<DirectoryErrorCode, ExitCode>([
  ["DIRECTORY_UNREACHABLE", ExitCode.NO_CONTACT],
  ["DIRECTORY_NO_SERVER", ExitCode.NO_CONTACT],
  ["DIRECTORY_REFUSED", ExitCode.REFUSED],
]);

function explainRpcError(error: RpcError): ErrorReport {
  const { code, message, mayHaveRun, place } = error;
  const { low, high, authStat } = error as { low?: number; high?: number; authStat?: number };
  return {
    code,
    message: `${message} (${mayHaveRun ? "the procedure may have run" : "the procedure did not run"})`,
    exitCode: isBadAddress(error.cause) ? ExitCode.USAGE : exitCodeOf(code),
    mayHaveRun,
    ...defined({ low, high, authStat, place }),
    ...(error.cause instanceof XdrError ? placeOf(error.cause) : {}),
  };
}

function isBadAddress(error: unknown): boolean {
  if (error instanceof DirectoryError) return !directoryExits.has(error.code);
  return error instanceof TransportError && error.code === "TRANSPORT_BAD_ADDRESS";
}

function exitCodeOf(code: string): ExitCode {
  if (code === "RPC_CANCELLED") return ExitCode.INTERRUPTED;
  if (noContact.has(code)) return ExitCode.NO_CONTACT;
  if (ownFault.has(code)) return ExitCode.USAGE;
  return code === "RPC_CANT_DECODE_RESULT" ? ExitCode.FAILED : ExitCode.REFUSED;
}

function placeOf(error: XdrError): Record<string, unknown> {
  return defined({ path: error.path.length > 0 ? error.path : undefined, offset: error.offset });
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** System calls of the network; the others are those of files and processes. */
const networkCalls = /^(connect|bind|listen|accept|send|recv|getaddrinfo|query|set|add|drop)/i;

function explainSystemError({
  code,
  message,
  syscall = "",
  ...error
}: NodeJS.ErrnoException & { code: string }): ErrorReport {
  const isOfFile = error.path !== undefined && !/^(connect|listen|bind)/.test(syscall);
  const exitCode = networkCalls.test(syscall) && !isOfFile ? ExitCode.NO_CONTACT : ExitCode.USAGE;
  const { hostname } = error as { hostname?: string };
  const text = hostname === undefined ? message : `the host name ${hostname} is not known (${message})`;
  return { code, message: text, exitCode };
}

/** Node's own errors (ENOENT, EACCES, EADDRINUSE, ...) are clear enough. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}
