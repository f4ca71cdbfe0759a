// What no calls over TCP can be faster than on this machine: messages as long as those of calls in sessions, which nobody looks at. A
// server of them, node bare.js server nothing|log FOLDER, and a client, node bare.js client PORT DEPTH, which are asked as server.js
// and client.js are. With a log, the record of each message is on the disk before it is answered, as in `transactional`.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Round } from "./client.js";

const requestBytes = 124;
const replyBytes = 64;
const recordBytes = 104;
/** The log is written within its first bytes, which the file has from the start. */
const logBytes = 8 * 1024 * 1024;

const [role, ...options] = process.argv.slice(2);
if (role === "server") await serve(options[0] === "log", options[1] ?? ".");
else await call(Number(options[0]), Number(options[1]));
process.exit();

/** Calls `received` with the number of whole messages in each piece. */
function count(socket: Socket, length: number, received: (messages: number) => void): void {
  let left = 0;
  socket.setNoDelay(true);
  socket.on("data", (bytes) => {
    left += bytes.length;
    const messages = Math.floor(left / length);
    left %= length;
    received(messages);
  });
}

async function serve(logs: boolean, folder: string): Promise<void> {
  const write = logs ? await logIn(folder) : undefined;
  const server = createServer((socket) => {
    let waiting = 0;
    let answering = false;
    const answer = async (): Promise<void> => {
      answering = true;
      // The messages of one turn of the event loop, and those that come during a write, are one batch.
      await new Promise((resolve) => setImmediate(resolve));
      for (let batch = waiting; batch > 0; batch = waiting) {
        waiting = 0;
        await write?.(batch);
        socket.write(Buffer.alloc(batch * replyBytes));
      }
      answering = false;
    };
    count(socket, requestBytes, (messages) => {
      waiting += messages;
      if (!answering) answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  for await (const _ of createInterface({ input: process.stdin })) process.stdout.write(`${processorTime()}\n`);
}

async function logIn(folder: string): Promise<(records: number) => Promise<unknown>> {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_DSYNC ?? 0);
  const file = await open(`${folder}/bare-log-${process.pid}`, flags, 0o600);
  await file.write(Buffer.alloc(logBytes));
  let end = 0;
  return (records) => {
    const bytes = Buffer.alloc(records * recordBytes, 1);
    if (end + bytes.length > logBytes) end = 0;
    const at = end;
    end += bytes.length;
    return file.write(bytes, 0, bytes.length, at);
  };
}

async function call(port: number, depth: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  let received = (_: number): void => undefined;
  count(socket, replyBytes, (messages) => received(messages));
  for await (const line of createInterface({ input: process.stdin })) {
    const [milliseconds = 0, least = 0] = line.split(" ").map(Number);
    const before = processorTime();
    const start = performance.now();
    const times: number[] = [];
    /** When those that have no answer yet were sent, the oldest first. */
    const sent: number[] = [];
    let first = 0;
    const send = (messages: number): void => {
      for (let n = 0; n < messages; n++) sent.push(performance.now());
      socket.write(Buffer.alloc(messages * requestBytes));
    };
    await new Promise<void>((resolve) => {
      received = (messages) => {
        const now = performance.now();
        for (let n = 0; n < messages; n++) times.push(now - (sent[first++] as number));
        if (now - start < milliseconds || times.length < least) send(messages);
        else if (first === sent.length) resolve();
      };
      send(depth);
    });
    const round: Round = {
      calls: times.length,
      failed: 0,
      milliseconds: performance.now() - start,
      processor: processorTime() - before,
      p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0,
    };
    process.stdout.write(`${JSON.stringify(round)}\n`);
  }
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
