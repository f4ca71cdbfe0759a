// A connection that passes a copy of every message, in both directions, to a function.
import type { Connection, MessageWriter } from "../transport/connection.js";
import { copyOf } from "../xdr/memory.js";
import { XdrWriter } from "../xdr/writer.js";

/** Called for each message: whole, without record marks, as a copy. Must not throw. */
export type Tap = (direction: "sent" | "received", bytes: Uint8Array) => void;

/** Changes `connection`, which nobody may have opened, and returns it. Its receiver must be a plain object of functions. */
export function tapConnection(connection: Connection, tap: Tap): Connection {
  const open = connection.open.bind(connection);
  const send = connection.send.bind(connection);
  const writer = new XdrWriter();
  connection.open = (receiver) =>
    open({
      ...receiver,
      message: (bytes, start, end, owned) => {
        tap("received", copyOf(bytes, start, end - start));
        receiver.message(bytes, start, end, owned);
      },
    });
  connection.send = <T>(write: MessageWriter<T>, value: T, atOnce?: boolean): boolean => {
    let bytes: Uint8Array;
    try {
      write(writer, value);
      bytes = writer.toBytes();
    } finally {
      writer.reset();
    }
    const ready = send((out) => out.writeBytes(bytes), undefined, atOnce);
    tap("sent", bytes);
    return ready;
  };
  return connection;
}
