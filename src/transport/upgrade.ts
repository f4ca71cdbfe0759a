// A layer between a stream connection and its socket, such as TLS. Loaded when a connection is upgraded.

import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { messageOf } from "../base/show.js";
import type { StreamWrap, UpgradeOptions } from "./connection.js";
import { TransportError } from "./errors.js";
import type { Input } from "./input.js";
import { readInto } from "./layer-input.js";
import type { Output } from "./output.js";
import { writeInPieces } from "./pieces.js";

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
export interface Upgraded extends UpgradeOptions {
  readonly socket: Socket;
  readonly input: Input;
  readonly output: Output;
  /** Resolves when the system has taken all that was sent before the upgrade. */
  readonly written: Promise<void>;
  /** Takes note of the bytes under the layer. */
  begin(raw: RawStream): void;
  /** Nothing has moved for the idle time, in milliseconds. */
  idle(time: number): void;
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
  const isOverSocket = connection.overSocket === true && !input.holding;
  const layer = isOverSocket ? await overSocket(wrap, connection) : await overStream(wrap, connection);
  connection.checkOpen();
  layer.on("error", (error) => {
    connection.failed(error);
    socket.destroy();
  });
  layer.on("end", () => connection.ended());
  if (isOverSocket) writeInPieces(layer);
  if (!isOverSocket) layer.on("data", (chunk: Buffer) => input.unwrapped(chunk));
  else if (!readInto(layer, socket, input)) layer.on("data", (chunk: Buffer) => input.data(chunk));
  layer.pause();
  output.continueOn(layer);
  return layer;
}

/** A layer over the socket itself reads and writes the socket's handle, so the socket's own idle timer sees no traffic. */
async function overSocket(wrap: StreamWrap, { socket, idle }: Upgraded): Promise<Duplex> {
  const { timeout = 0 } = socket;
  socket.setTimeout(0);
  const layer = await wrapped(socket, wrap);
  if (timeout > 0 && layer instanceof Socket) layer.setTimeout(timeout, () => idle(timeout));
  return layer;
}

async function overStream(wrap: StreamWrap, { socket, input, begin }: Upgraded): Promise<Duplex> {
  const raw = new RawStream(socket);
  begin(raw);
  input.divert((bytes) => raw.receive(bytes));
  const layer = await wrapped(raw, wrap);
  // The layer itself ends the connection.
  raw.on("error", () => undefined);
  return layer;
}

/** @throws TransportError TRANSPORT_RESET if the layer cannot be made. */
async function wrapped(under: Duplex, wrap: StreamWrap): Promise<Duplex> {
  try {
    return await wrap(under);
  } catch (cause) {
    if (cause instanceof TransportError) throw cause;
    const message = `the connection could not be upgraded: ${messageOf(cause)}`;
    throw new TransportError("TRANSPORT_RESET", message, { cause });
  }
}
