// UDP, the client's end: a second socket at the client's port, which is not connected. It receives the replies that a
// server with several addresses sends from another one. The connected socket would drop them.
import type { Socket } from "node:dgram";
import type { SocketSharing } from "./datagram-socket.js";
import { bindBeside } from "./udp-socket.js";

/** Messages from any address, until `close`. */
export class ElsewhereSocket {
  readonly #socket: Socket;
  #closed = false;

  /** @param port That of the connected socket, which was bound with the same `sharing`. */
  constructor(family: 4 | 6, port: number, sharing: SocketSharing, arrived: (bytes: Buffer) => void) {
    // Without it, replies from elsewhere are received once a call had no reply in time.
    this.#socket = bindBeside(family === 6 ? "::" : "0.0.0.0", port, sharing, () => this.close());
    this.#socket.on("message", arrived);
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  holdProcess(hold: boolean): void {
    if (this.#closed) return;
    if (hold) this.#socket.ref();
    else this.#socket.unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}
