// The load over bare sockets: node bare-client.js tcp|udp PORT. Reads into one buffer, and asks anew for all that one
// chunk answered in one write.
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { addSizes, greeting } from "./bare.js";
import { answerLoads, type Load } from "./worker.js";

const port = Number(process.argv[3]);

function overTcp({ kind, depth, size, milliseconds }: Load): Promise<number> {
  const { call, reply } = kind === "add" ? addSizes : { call: size, reply: size };
  return new Promise((resolve, reject) => {
    const calls = Buffer.alloc(call * depth);
    const end = performance.now() + milliseconds;
    let answered = 0;
    let bytes = 0;
    const received = (length: number) => {
      bytes += length;
      const now = Math.floor(bytes / reply);
      bytes %= reply;
      answered += now;
      if (performance.now() >= end) {
        socket.destroy();
        resolve(answered);
      } else if (now > 0) socket.write(calls.subarray(0, now * call));
      return true;
    };
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: { buffer: Buffer.alloc(65_536), callback: received },
    });
    socket.once("connect", () => {
      socket.write(greeting(call, reply));
      socket.write(calls);
    });
    socket.once("error", reject);
  });
}

function overUdp({ depth, milliseconds }: Load): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const call = Buffer.alloc(addSizes.call - 4);
    const end = performance.now() + milliseconds;
    let answered = 0;
    socket.on("message", () => {
      answered++;
      if (performance.now() < end) return void socket.send(call);
      socket.close();
      resolve(answered);
    });
    socket.once("error", reject);
    socket.connect(port, "127.0.0.1", () => {
      for (let i = 0; i < depth; i++) socket.send(call);
    });
  });
}

await answerLoads((load) => (process.argv[2] === "tcp" ? overTcp(load) : overUdp(load)));
