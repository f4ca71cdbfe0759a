// The load over bare sockets: node bare-client.js tcp|udp PORT. Reads as Lupine does, and asks anew for all that one
// chunk answered in one write.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { addSizes, greeting, readSize } from "./bare.js";
import { answerLoads, type Load } from "./worker.js";

const port = Number(process.argv[3]);

async function overTcp({ kind, depth, size, milliseconds }: Load): Promise<() => Promise<number>> {
  const { call, reply } = kind === "add" ? addSizes : { call: size, reply: size };
  const calls = Buffer.alloc(call * depth);
  let received = (_length: number): void => undefined;
  const callback = (length: number): boolean => {
    received(length);
    return true;
  };
  const onread = { buffer: Buffer.alloc(readSize(reply)), callback };
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread });
  await once(socket, "connect");
  socket.write(greeting(call, reply));
  return () =>
    new Promise((resolve, reject) => {
      const end = performance.now() + milliseconds;
      let answered = 0;
      let bytes = 0;
      received = (length) => {
        bytes += length;
        const now = Math.floor(bytes / reply);
        bytes %= reply;
        answered += now;
        if (performance.now() >= end) {
          socket.destroy();
          resolve(answered);
        } else if (now > 0) socket.write(calls.subarray(0, now * call));
      };
      socket.once("error", reject);
      socket.write(calls);
    });
}

async function overUdp({ depth, milliseconds }: Load): Promise<() => Promise<number>> {
  const socket = createSocket("udp4");
  const call = Buffer.alloc(addSizes.call - 4);
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  return () =>
    new Promise((resolve, reject) => {
      const end = performance.now() + milliseconds;
      let answered = 0;
      socket.on("message", () => {
        answered++;
        if (performance.now() < end) return void socket.send(call);
        socket.close();
        resolve(answered);
      });
      socket.once("error", reject);
      for (let i = 0; i < depth; i++) socket.send(call);
    });
}

await answerLoads((load) => (process.argv[2] === "tcp" ? overTcp(load) : overUdp(load)));
