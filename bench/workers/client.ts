// The caller of the benchmark: node client.js tcp|udp PORT, then lines "CONNECTIONS DEPTH MILLISECONDS" on standard input; it answers
// "CALLS NANOSECONDS". It sends messages that are made once, so that its share of the processors is small.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [protocol, port = ""] = process.argv.slice(2);

/** One caller, with a socket of its own. */
interface Caller {
  send(calls: number): void;
  close(): void;
}

/** The call add(1, 2) without a record mark. */
function callMessage(xid: number): Buffer {
  const words = [xid, 0, 2, ADD_VERS.number, ADD_VERS.version, ADD_VERS.procedures.add.number, 0, 0, 0, 0, 1, 2];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [at, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, at * 4);
  return bytes;
}

/** The length of a reply with one integer. */
const replyLength = 28;

async function overTcp(answered: (replies: number) => void): Promise<Caller> {
  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const message = callMessage(0);
  const record = Buffer.concat([Buffer.of(0x80, 0, 0, message.length), message]);
  let xid = 0;
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    const replies = Math.floor(bytes / (replyLength + 4));
    bytes -= replies * (replyLength + 4);
    answered(replies);
  });
  const send = (calls: number): void => {
    const own = Buffer.alloc(calls * record.length);
    for (let at = 0; at < own.length; at += record.length) {
      record.copy(own, at);
      own.writeUInt32BE(xid++ >>> 0, at + 4);
    }
    socket.write(own);
  };
  return { send, close: () => void socket.destroy() };
}

async function overUdp(answered: (replies: number) => void): Promise<Caller> {
  const socket = createSocket("udp4");
  socket.connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  let xid = (Math.random() * 2 ** 32) >>> 0;
  socket.on("message", () => answered(1));
  const send = (calls: number): void => {
    for (let i = 0; i < calls; i++) socket.send(callMessage(xid++));
  };
  return { send, close: () => void socket.close() };
}

/** @returns the number of calls that were answered. */
async function load(connections: number, depth: number, milliseconds: number): Promise<number> {
  let calls = 0;
  let isOver = false;
  const callers = await Promise.all(
    Array.from({ length: connections }, async () => {
      const caller: Caller = await (protocol === "tcp" ? overTcp : overUdp)((replies) => {
        calls += replies;
        if (!isOver) caller.send(replies);
      });
      return caller;
    }),
  );
  for (let i = 0; i < depth; i++) callers[i % connections]?.send(1);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  isOver = true;
  for (const caller of callers) caller.close();
  return calls;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [connections = 1, depth = 1, milliseconds = 1000] = line.split(" ").map(Number);
  const start = process.hrtime.bigint();
  const calls = await load(connections, depth, milliseconds);
  process.stdout.write(`${calls} ${process.hrtime.bigint() - start}\n`);
}
