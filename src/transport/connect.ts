// Makes an outgoing stream connection: timeout, abort, and errors that say what to do. For TCP and Unix sockets.
import type { Socket as DatagramSocket } from "node:dgram";
import { type NetConnectOpts, Socket } from "node:net";
import { waitFor } from "../base/wait.js";
import { defaultConnectTimeout, tooSlow } from "./connect-time.js";
import type { ConnectionInfo } from "./connection.js";
import { TransportError } from "./errors.js";
import { Input } from "./input.js";
import { LateShare } from "./late-share.js";
import { defaultClientHighWaterMark } from "./output.js";
import { StreamConnection, type StreamOptions } from "./stream.js";

/** Options of every outgoing stream connection. */
export interface ConnectOptions extends StreamOptions {
  /** How long connecting may take, in milliseconds. Default 10,000. */
  readonly timeout?: number;
  /** Connecting does not keep the process alive. The connection does, until `holdProcess` is called. Default false. */
  readonly background?: boolean;
  /** Aborting it stops connecting. Has no effect once connected. */
  readonly signal?: AbortSignal;
  /** @internal Gets the socket, once it is connected. */
  readonly onSocket?: ((socket: Socket | DatagramSocket) => void) | undefined;
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
  const { signal, timeout = defaultConnectTimeout, background, highWaterMark = defaultClientHighWaterMark } = options;
  if (signal?.aborted) throw gaveUp(target.name, signal.reason);
  const unfinished = new LateShare(target.name);
  const input = new Input({ ...options.limits, unfinished, framing: options.framing });
  // Node takes noDelay and keepAlive from the constructor's options, not from those of `connect`.
  const made = { ...target.socket, allowHalfOpen: true, onread: input.onread };
  const socket = new Socket(made as ConstructorParameters<typeof Socket>[0]);
  socket.pause().once("close", () => unfinished.leave());
  const connected = new Promise<void>((resolve, reject) => {
    // The error listener stays: an abandoned socket may still fail.
    socket.on("error", reject).once("connect", resolve).connect(target.socket);
    if (background) socket.unref();
  });
  const onTimeout = (): Error => tooSlow(target.name, timeout);
  const onAbort = (reason: unknown): Error => gaveUp(target.name, reason);
  try {
    await waitFor(connected, { timeout, signal, background, onTimeout, onAbort });
  } catch (error) {
    socket.destroy();
    throw error instanceof TransportError ? error : await explained(target.name, error as Error);
  }
  if (background) socket.ref();
  options.onSocket?.(socket);
  return new StreamConnection(
    socket,
    input,
    { role: "client", info: target.info(socket) },
    { ...options, highWaterMark },
  );
}

function gaveUp(name: string, cause: unknown): TransportError {
  return failed(`connecting to ${name} was aborted`, cause);
}

function failed(message: string, cause: unknown): TransportError {
  return new TransportError("TRANSPORT_CONNECT_FAILED", message, { cause });
}

/** If no file descriptor is left to load the code for the message, the system's own messages say so. */
function explained(name: string, cause: Error): Promise<TransportError> {
  return import("./late-parts.js").then(
    ({ connectFailed }) => connectFailed(name, cause),
    ({ message }) => failed(`cannot connect to ${name}: ${cause.message}: ${message}`, cause),
  );
}
