// A layer between a stream connection and its socket, such as TLS. Loaded when a connection is upgraded.
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { StreamWrap } from "./connection.js";
import { TransportError } from "./errors.js";

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

/** @throws TransportError TRANSPORT_RESET if the layer cannot be made. */
export async function wrapped(raw: RawStream, wrap: StreamWrap): Promise<Duplex> {
  try {
    const layer = await wrap(raw);
    // The layer itself ends the connection.
    raw.on("error", () => undefined);
    return layer;
  } catch (cause) {
    const message = `the connection could not be upgraded: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new TransportError("TRANSPORT_RESET", message, { cause });
  }
}
