// A connection that passes a copy of every message, in both directions, to a function.
import type { Connection, MessageWriter, Receiver } from "../transport/connection.js";
import { copyOf } from "../xdr/memory.js";
import { XdrWriter } from "../xdr/writer.js";

/** Called for each message: whole, without record marks, as a copy. Must not throw. */
export type Tap = (direction: "sent" | "received", bytes: Uint8Array) => void;

/** Changes `connection`, which nobody may have opened, and returns it. */
export function tapConnection(connection: Connection, tap: Tap): Connection {
  const open = connection.open.bind(connection);
  const send = connection.send.bind(connection);
  const writer = new XdrWriter();
  connection.open = (receiver) => open(tapped(receiver, tap));
  connection.send = <T>(write: MessageWriter<T>, value: T, atOnce?: boolean): boolean => {
    const bytes = writtenBytes(writer, write, value);
    const ready = send(writeRaw, bytes, atOnce);
    tap("sent", bytes);
    return ready;
  };
  return connection;
}

function tapped(receiver: Receiver, tap: Tap): Receiver {
  return {
    message: (bytes, start, end, owned) => {
      tap("received", copyOf(bytes, start, end - start));
      receiver.message(bytes, start, end, owned);
    },
    drained: () => receiver.drained(),
    closed: (error) => receiver.closed(error),
    queued: (change) => receiver.queued?.(change),
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
