// The limit that Node sets: for each so many bytes that came, so many are sent, with no protocol and no codec.
// One write for all that one chunk asks for. Prints its port: node bare-server.js tcp|udp
import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, Socket } from "node:net";
import { addSizes, greetingSize, readSize } from "./bare.js";

function serve(accepted: Socket): void {
  let sizes: { call: number; reply: number } | undefined;
  let pending = 0;
  let replies = Buffer.alloc(0);
  let chunk = Buffer.alloc(readSize(0));
  const callback = (length: number): boolean => {
    if (sizes === undefined) {
      sizes = { call: chunk.readUInt32BE(0), reply: chunk.readUInt32BE(4) };
      replies = Buffer.alloc(Math.max(sizes.reply, 65_536));
      chunk = Buffer.alloc(readSize(sizes.call));
      pending -= greetingSize;
    }
    pending += length;
    let owed = Math.floor(pending / sizes.call) * sizes.reply;
    pending %= sizes.call;
    for (; owed > 0; owed -= replies.length) socket.write(replies.subarray(0, Math.min(owed, replies.length)));
    return true;
  };
  const socket = reading(accepted, { buffer: () => chunk, callback });
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
}

/** A server's own sockets cannot read into a given buffer: the connection moves to one that can, as Lupine does it. */
function reading(accepted: Socket, onread: { buffer: () => Buffer; callback: (length: number) => boolean }): Socket {
  const inside = accepted as unknown as { _handle: unknown };
  const socket = new Socket({ handle: inside._handle, onread } as ConstructorParameters<typeof Socket>[0]);
  inside._handle = null;
  return socket.resume();
}

if (process.argv[2] === "tcp") {
  const server = createServer({ pauseOnConnect: true }, serve).listen(0, "127.0.0.1", () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  });
} else {
  const reply = Buffer.alloc(addSizes.reply - 4);
  const socket = createSocket({ type: "udp4", lookup: (host, _options, found) => found(null, host, 4) });
  socket.on("message", (_message, from) => socket.send(reply, from.port, from.address));
  socket.bind(0, "127.0.0.1", () => process.stdout.write(`${socket.address().port}\n`));
}
