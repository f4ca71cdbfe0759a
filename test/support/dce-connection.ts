// A connection to a DCE server, PDU by PDU.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** `from` is the address of this end. */
export async function dialed(port: number, from = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** The end of a connection, with or without an error. */
export function closing(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve));
}

/** Resolves when there is more to read, or nothing any more. */
function changed(socket: Socket): Promise<void> {
  const events = ["readable", "end", "close"];
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}

/** The next whole PDU; undefined if the server closes. */
export async function reply(socket: Socket): Promise<Buffer | undefined> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 16 || bytes.length < bytes.readUInt16LE(8)) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) bytes = Buffer.concat([bytes, chunk]);
    else if (socket.readableEnded || socket.destroyed) return undefined;
    else await changed(socket);
  }
  const length = bytes.readUInt16LE(8);
  if (bytes.length > length) socket.unshift(bytes.subarray(length));
  return bytes.subarray(0, length);
}
