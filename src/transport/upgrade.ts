// A layer between a stream connection and its socket, such as TLS. Loaded when a connection is upgraded.
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { StreamWrap } from "./connection.js";
import { TransportError } from "./errors.js";
import type { Input } from "./input.js";
import type { Output } from "./output.js";

/** The raw bytes of a socket as a stream. The owner of the socket passes on its input. */
export class RawStream extends Duplex {
  readonly #socket: Socket;
  /** More input is wanted. */
  wanted = false;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
  }

  /** Passes on bytes that came in. They are copied: the read buffer is used again. */
  receive(bytes: Uint8Array): void {
    this.wanted = this.push(Buffer.from(bytes));
    if (!this.wanted) this.#socket.pause();
  }

  override _read(): void {
    this.wanted = true;
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** The connection, as far as an upgrade uses it. */
export interface Upgraded {
  readonly socket: Socket;
  readonly input: Input;
  readonly output: Output;
  /** Resolves when the system has taken all that was sent before the upgrade. */
  readonly written: Promise<void>;
  /** Takes note of the bytes under the layer. @throws TypeError if there is a layer already. */
  begin(raw: RawStream): void;
  /** @throws TransportError TRANSPORT_CLOSED if the connection is closed or closing. */
  checkOpen(): void;
  failed(error: Error): void;
  ended(): void;
}

/**
 * Puts a layer over a connection whose input is paused, and returns it, paused.
 * @throws TransportError TRANSPORT_RESET if the layer cannot be made, TRANSPORT_CLOSED.
 */
export async function putLayer(wrap: StreamWrap, connection: Upgraded): Promise<Duplex> {
  const { socket, input, output } = connection;
  await connection.written;
  if (input.midRecord) throw new TransportError("TRANSPORT_RESET", "the peer sent a part of a record before");
  connection.checkOpen();
  const raw = new RawStream(socket);
  connection.begin(raw);
  input.divert((bytes) => raw.receive(bytes));
  const layer = await wrapped(raw, wrap);
  connection.checkOpen();
  layer.on("error", (error) => {
    connection.failed(error);
    socket.destroy();
  });
  layer.on("end", () => connection.ended());
  layer.on("data", (chunk: Buffer) => input.unwrapped(chunk));
  layer.pause();
  output.continueOn(layer);
  return layer;
}

/** @throws TransportError TRANSPORT_RESET if the layer cannot be made. */
async function wrapped(raw: RawStream, wrap: StreamWrap): Promise<Duplex> {
  try {
    const layer = await wrap(raw);
    // The layer itself ends the connection.
    raw.on("error", () => undefined);
    return layer;
  } catch (cause) {
    if (cause instanceof TransportError) throw cause;
    const message = `the connection could not be upgraded: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new TransportError("TRANSPORT_RESET", message, { cause });
  }
}
