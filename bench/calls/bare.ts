// What the bare sockets send: messages as long as Lupine's on the wire, with nothing in them.

/** Bytes of an add over TCP: record mark, call header, two ints; record mark, reply header, an int. Over UDP 4 less. */
export const addSizes = { call: 52, reply: 32 } as const;

/** A client's first bytes on a connection: how long calls and replies will be. */
export const greetingSize = 8;

export function greeting(call: number, reply: number): Buffer {
  const bytes = Buffer.alloc(greetingSize);
  bytes.writeUInt32BE(call, 0);
  bytes.writeUInt32BE(reply, 4);
  return bytes;
}

/** Bytes of a read buffer: what Lupine reads with, and a buffer of their own for messages longer than that. */
export function readSize(message: number): number {
  return Math.max(17_408, message);
}
