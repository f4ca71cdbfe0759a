// Makes an outgoing stream connection: timeout, abort, and errors that say what to do. For TCP and Unix sockets.
import { type NetConnectOpts, Socket } from "node:net";
import { waitFor } from "../base/wait.js";
import type { ConnectionInfo } from "./connection.js";
import { TransportError } from "./errors.js";
import { Input } from "./input.js";
import { defaultClientHighWaterMark } from "./output.js";
import { StreamConnection, type StreamOptions } from "./stream.js";

/** Milliseconds that one attempt to connect may take. */
export const defaultConnectTimeout = 10_000;

/** Options of every outgoing stream connection. */
export interface ConnectOptions extends StreamOptions {
  /** How long connecting may take, in milliseconds. Default 10,000. */
  readonly timeout?: number;
  /** Connecting does not keep the process alive. The connection does, until `holdProcess` is called. Default false. */
  readonly background?: boolean;
  /** Aborting it stops connecting. Has no effect once connected. */
  readonly signal?: AbortSignal;
}

/** The parts that differ between TCP and Unix sockets. */
export interface ConnectTarget {
  /** The target's name in messages: "tcp://host:port". */
  readonly name: string;
  readonly socket: NetConnectOpts;
  readonly info: (socket: Socket) => Omit<ConnectionInfo, "maxMessage" | "reliable">;
}

/** @throws TransportError TRANSPORT_CONNECT_FAILED or TRANSPORT_TIMEOUT; `cause` is the system's error. */
export async function connectStream(target: ConnectTarget, options: ConnectOptions): Promise<StreamConnection> {
  const { signal } = options;
  // Loaded late: it is not needed before a server answers. If file descriptors have run out, connecting reports it.
  const unfinished = await import("./unfinished.js").then(
    ({ processUnfinished }) => processUnfinished.join(target.name),
    () => undefined,
  );
  if (signal?.aborted) {
    unfinished?.leave();
    throw gaveUp(target.name, signal.reason);
  }
  const input = new Input({ ...options.limits, unfinished, framing: options.framing });
  const socket = new Socket({ allowHalfOpen: true, onread: input.onread } as ConstructorParameters<typeof Socket>[0]);
  socket.pause();
  socket.once("close", () => unfinished?.leave());
  const { timeout = defaultConnectTimeout, background, highWaterMark = defaultClientHighWaterMark } = options;
  const connected = new Promise<void>((resolve, reject) => {
    // The error listener stays: an abandoned socket may still fail.
    socket.on("error", reject);
    socket.once("connect", resolve);
    socket.connect(target.socket);
    if (background) socket.unref();
  });
  const onTimeout = (): Error => tooSlow(target.name, timeout);
  const onAbort = (reason: unknown): Error => gaveUp(target.name, reason);
  try {
    await waitFor(connected, { timeout, signal, background, onTimeout, onAbort });
  } catch (error) {
    socket.destroy();
    throw error instanceof TransportError ? error : connectFailed(target.name, error as Error);
  }
  if (background) socket.ref();
  return new StreamConnection(
    socket,
    input,
    { role: "client", info: target.info(socket) },
    { ...options, highWaterMark },
  );
}

export function tooSlow(name: string, time: number, cause?: Error): TransportError {
  return new TransportError("TRANSPORT_TIMEOUT", `no connection to ${name} within ${Math.round(time)} ms`, { cause });
}

function gaveUp(name: string, cause: unknown): TransportError {
  const message = `connecting to ${name} was aborted`;
  return new TransportError("TRANSPORT_CONNECT_FAILED", message, { cause });
}

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

/** The server of a Unix socket is running, but its queue of connections is full. */
export function isBusy({ cause }: Error): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === "EAGAIN";
}

/** The system's error, as the cause of a TransportError. */
function systemError(error: Error): Error {
  return error instanceof TransportError && error.cause instanceof Error ? error.cause : error;
}

function explain({ message, code }: NodeJS.ErrnoException): string {
  const why = advice[code ?? ""];
  return why === undefined ? message : `${why} (${message.replace(/ - Local \(.*\)$/, "")})`;
}
