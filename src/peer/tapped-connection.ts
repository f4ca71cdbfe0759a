// A connection that passes a copy of every message, in both directions, to a function.
import type { Connection, MessageWriter, Receiver } from "../transport/connection.js";
import { copyOf } from "../xdr/memory.js";
import { XdrWriter } from "../xdr/writer.js";

/** Called for each message: whole, without record marks, as a copy. Must not throw. */
export type Tap = (direction: "sent" | "received", bytes: Uint8Array) => void;

/** Wraps `inner`: use the wrapper in its place. */
export function tapConnection(inner: Connection, tap: Tap): Connection {
  const writer = new XdrWriter();
  const own: Partial<Connection> = {
    open: (receiver) => inner.open(tapped(receiver, tap)),
    send<T>(write: MessageWriter<T>, value: T): boolean {
      const bytes = writtenBytes(writer, write, value);
      const ready = inner.send(writeRaw, bytes);
      tap("sent", bytes);
      return ready;
    },
  };
  // Keeps properties that a transport has added to its connections.
  return new Proxy(inner, {
    get(target, key) {
      const value = Reflect.get(own, key) ?? Reflect.get(target, key, target);
      return typeof value === "function" && !(key in own) ? value.bind(target) : value;
    },
  });
}

function tapped(receiver: Receiver, tap: Tap): Receiver {
  return {
    message: (bytes, start, end, owned) => {
      tap("received", copyOf(bytes, start, end - start));
      receiver.message(bytes, start, end, owned);
    },
    drained: () => receiver.drained(),
    closed: (error) => receiver.closed(error),
  };
}

function writtenBytes<T>(writer: XdrWriter, write: MessageWriter<T>, value: T): Uint8Array {
  try {
    write(writer, value);
    return writer.toBytes();
  } finally {
    writer.reset();
  }
}

const writeRaw = (out: XdrWriter, bytes: Uint8Array): void => out.writeBytes(bytes);
