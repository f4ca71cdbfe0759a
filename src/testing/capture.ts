// Records every message of a connection, for tests and for showing a conversation byte by byte.
import { tapConnection } from "../peer/tapped-connection.js";
import type { Connection } from "../transport/connection.js";

/** One recorded message. */
export interface Captured {
  /** Whether this end sent or received it. */
  readonly direction: "sent" | "received";
  /** A copy of the message, without any record mark. */
  readonly bytes: Uint8Array;
}

/** A wrapped connection and the messages that have passed it. */
export interface Capture {
  /** The wrapper: use it in place of the connection. */
  readonly connection: Connection;
  /** The messages so far, oldest first. */
  readonly messages: readonly Captured[];
}

/**
 * Wraps a connection and records each message. Use the wrapper in its place. `onMessage` is called for each message as it
 * passes.
 * @example
 * const [near, far] = memoryPair();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * server.accept(far);
 *
 * const { connection, messages } = captureConnection(near);
 * await using client = createClient(ADD_VERS, connection);
 * await client.add({ a: 1, b: 2 });
 * console.log(messages.map(({ direction, bytes }) => `${direction} ${bytes.length}`).join(", ")); // sent 48, received 28
 */
export function captureConnection(inner: Connection, onMessage?: (message: Captured) => void): Capture {
  const messages: Captured[] = [];
  const connection = tapConnection(inner, (direction, bytes) => {
    const message = { direction, bytes };
    messages.push(message);
    onMessage?.(message);
  });
  return { connection, messages };
}
