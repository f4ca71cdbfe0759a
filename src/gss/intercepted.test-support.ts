// Somebody on the way between a client and a server, who repeats calls, and changes, drops and writes replies.
import type { Server } from "../server/server.js";
import type { Connection } from "../transport/connection.js";
import { type MemoryOptions, memoryPair } from "../transport/memory.js";

export interface Intercepted {
  /** The client's end. */
  readonly near: Connection;
  /** How often each call is sent on. */
  copies: number;
  /** The bit of each reply that is changed; below 0 for none. */
  flip: number;
  /** Bytes of the last reply. */
  lastReply: number;
  /** What the client gets instead of a message of the server: several messages, or none. */
  replace: (message: Uint8Array) => Uint8Array[];
  /** Sends a message to the client. */
  inject(message: Uint8Array): void;
  /** Ends the client's connection. */
  cut(): void;
}

export function interceptedConnection(server: Server, memory: MemoryOptions = {}): Intercepted {
  const [near, middle] = memoryPair(memory);
  const [other, far] = memoryPair(memory);
  server.accept(far);
  const between: Intercepted = {
    near,
    copies: 1,
    flip: -1,
    lastReply: 0,
    replace: (message) => [message],
    inject: (message) => send(middle, message),
    cut: () => middle.destroy(),
  };
  relay(middle, (message) => {
    for (let copy = 0; copy < between.copies; copy++) send(other, message);
  });
  relay(other, (message) => {
    between.lastReply = message.length;
    const { flip } = between;
    if (flip >= 0) message[flip >> 3] = (message[flip >> 3] as number) ^ (1 << (flip & 7));
    for (const one of between.replace(message)) send(middle, one);
  });
  return between;
}

function relay(from: Connection, forward: (message: Uint8Array) => void): void {
  from.open({
    message: (bytes, start, end) => forward(Uint8Array.from(bytes.subarray(start, end))),
    drained: () => undefined,
    closed: () => undefined,
  });
}

function send(to: Connection, message: Uint8Array): void {
  to.send((out, bytes) => out.writeBytes(bytes), message);
}
