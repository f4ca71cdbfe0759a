// The errors of failed attempts to connect, which say what to do. Loaded with the first one.
import { TransportError } from "./errors.js";

const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOENT: "the socket file or host does not exist",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be looked up: no name server answers",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  EACCES: "permission denied",
  EADDRINUSE: "the local port is taken",
  EMFILE: "out of file descriptors: raise the limit (ulimit -n), or close connections",
  ENFILE: "the system is out of file descriptors",
};

/** Converts a system error to a TransportError. For a host with several addresses it contains all their errors. */
export function connectFailed(name: string, cause: Error): TransportError {
  const causes = cause instanceof AggregateError ? (cause.errors as Error[]).map(systemError) : [cause];
  const message = `cannot connect to ${name}: ${[...new Set(causes.map(explain))].join("; ")}`;
  return new TransportError("TRANSPORT_CONNECT_FAILED", message, { cause });
}

/** The system's error, as the cause of a TransportError. */
function systemError(error: Error): Error {
  return error instanceof TransportError && error.cause instanceof Error ? error.cause : error;
}

/** The message of a system error, with what to do. */
export function explain({ message, code }: NodeJS.ErrnoException): string {
  const why = advice[code ?? ""];
  return why === undefined ? message : `${why} (${message.replace(/ - Local \(.*\)$/, "")})`;
}

/** The server of a Unix socket is running, but its queue of connections is full. */
export function isBusy({ cause }: Error): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === "EAGAIN";
}
