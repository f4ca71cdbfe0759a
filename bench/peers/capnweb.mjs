// Cap'n Web in the call benchmark: node capnweb.mjs server, or node capnweb.mjs client PORT. Its messages are strings;
// they travel over TCP, each behind its length, and those of one turn of the event loop in one write: less work than
// the WebSocket that it brings.
import { connect, createServer } from "node:net";
import { RpcSession, RpcTarget } from "capnweb";
import { answerLoads, keepCalling } from "../../build/bench/calls/worker.js";

class Bench extends RpcTarget {
  add(a, b) {
    return a + b;
  }
  echo(bytes) {
    return bytes;
  }
}

/** Calls `message` with each string of a stream of strings behind their lengths. */
function frames(message) {
  let chunks = [];
  let have = 0;
  let need = 4;
  return (chunk) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return;
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    for (need = sizeOf(bytes); bytes.length >= need; need = sizeOf(bytes)) {
      if (need > 4) message(bytes.toString("utf8", 4, need));
      bytes = bytes.subarray(need);
    }
    chunks = [bytes];
    have = bytes.length;
  };
}

function sizeOf(bytes) {
  return bytes.length < 4 ? 4 : 4 + bytes.readUInt32BE(0);
}

/** An RpcTransport over a socket. */
function transportOver(socket) {
  const arrived = [];
  const waiting = [];
  let ended;
  socket.setNoDelay(true);
  const receive = (message) => {
    const next = waiting.shift();
    if (next === undefined) arrived.push(message);
    else next.resolve(message);
  };
  socket.on("data", frames(receive));
  const end = (error = new Error("closed")) => {
    ended = error;
    for (const next of waiting.splice(0)) next.reject(error);
  };
  socket.on("error", end);
  socket.on("close", () => end());
  return {
    async send(message) {
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      const head = Buffer.alloc(4);
      head.writeUInt32BE(Buffer.byteLength(message));
      socket.write(head);
      socket.write(message);
    },
    async receive() {
      if (arrived.length > 0) return arrived.shift();
      if (ended !== undefined) throw ended;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
  };
}

if (process.argv[2] === "server") {
  const server = createServer((socket) => new RpcSession(transportOver(socket), new Bench()));
  server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
} else {
  const socket = connect(Number(process.argv[3]), "127.0.0.1");
  const bench = new RpcSession(transportOver(socket)).getRemoteMain();
  const caller = {
    add: async (a, b) => await bench.add(a, b),
    echo: async (bytes) => await bench.echo(bytes),
  };
  await answerLoads((load) => keepCalling(caller, load));
  process.exit();
}
