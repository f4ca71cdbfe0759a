// Writes down every message that passes a connection, for tests and for showing a conversation byte by byte.
import { tapConnection } from "../peer/tapped-connection.js";
import type { Connection } from "../transport/connection.js";

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
  const connection = tapConnection(inner, (direction, bytes) => {
    const message = { direction, bytes };
    messages.push(message);
    onMessage?.(message);
  });
  return { connection, messages };
}
