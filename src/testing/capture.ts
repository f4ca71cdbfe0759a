// Writes down every message that passes a connection, for tests and for showing a conversation byte by byte.
import type { Connection, MessageWriter, Receiver } from "../transport/connection.js";
import { XdrWriter } from "../xdr/writer.js";

/** One message that passed. */
export interface Captured {
  readonly direction: "sent" | "received";
  /** A copy of the message, without any record mark. */
  readonly bytes: Uint8Array;
}

/** A connection and what has passed it so far. */
export interface Capture {
  readonly connection: Connection;
  readonly messages: readonly Captured[];
}

/** Wraps `connection`: use the wrapper in its place. `onMessage` is told of each message as it passes. */
export function captureConnection(inner: Connection, onMessage?: (message: Captured) => void): Capture {
  const messages: Captured[] = [];
  const note = (direction: Captured["direction"], bytes: Uint8Array): void => {
    const message = { direction, bytes };
    messages.push(message);
    onMessage?.(message);
  };
  const writer = new XdrWriter();
  const connection: Connection = {
    info: inner.info,
    open: (receiver) => inner.open(noting(receiver, (bytes) => note("received", bytes))),
    send: <T>(write: MessageWriter<T>, value: T): boolean => {
      const bytes = writtenBytes(writer, write, value);
      const ready = inner.send(writeRaw, bytes);
      note("sent", bytes);
      return ready;
    },
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    close: () => inner.close(),
    destroy: (error) => inner.destroy(error),
  };
  return { connection, messages };
}

function noting(receiver: Receiver, note: (bytes: Uint8Array) => void): Receiver {
  return {
    message: (bytes, start, end, owned) => {
      note(bytes.slice(start, end));
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
