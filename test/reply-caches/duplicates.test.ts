// 1,000 copies of a call that runs: over TCP, with a connection that is lost again and again, and over UDP, from another process.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { memoryReplyCache, Server } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { freePort } from "../support/free-port.js";
import { Forge } from "./forge.js";
import { deferred, seen } from "./suite.js";

/** A server whose calls are held, and which remembers calls over streams, too. */
async function holding(target: string) {
  let executions = 0;
  const begun = deferred<(sum: number) => void>();
  const server = new Server({ replyCache: memoryReplyCache(), onError: (error) => assert.fail(error as Error) });
  server.implement(ADD_VERS, {
    add: () => {
      executions++;
      return new Promise<number>((resolve) => begun.resolve(resolve));
    },
  });
  const { address } = await server.listen(target);
  return {
    server,
    port: "port" in address ? address.port : 0,
    begun: begun.promise,
    executions: () => executions,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

test("1,000 copies over 20 connections from one port, each lost, run the call once", async () => {
  await using held = await holding("tcp://127.0.0.1:0");
  const { server, port, begun, executions } = held;
  const message = new Forge().add(1, 2);
  const record = Buffer.concat([Buffer.of(0x80, 0, 0, message.length), message]);
  const localPort = await freePort();
  /** A connection on which the client sends its call 50 times. */
  const repeat = async (): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", localPort });
    await once(socket, "connect");
    socket.write(Buffer.concat(new Array(50).fill(record)));
    return socket;
  };
  let copies = -1;
  let last: Socket | undefined;
  for (let connection = 0; connection < 20; connection++) {
    if (last !== undefined) {
      last.resetAndDestroy();
      await once(last, "close");
    }
    last = await repeat();
    copies += 50;
    await seen(() => server.stats.joins === copies);
  }
  const reply = once(last as Socket, "data") as Promise<[Buffer]>;
  (await begun)(3);
  assert.deepEqual([...(await reply)[0].subarray(-4)], [0, 0, 0, 3]);
  assert.deepEqual([executions(), server.stats.joins], [1, 999]);
  last?.destroy();
});

/** Sends one datagram as often as it is told to, from a port of its choice, and prints the last word of each reply. */
const sender = `
  const [port, from, message] = process.argv.slice(1);
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (reply) => console.log(reply.readUInt32BE(reply.length - 4)));
  socket.bind(Number(from), "127.0.0.1", () => console.log("ready"));
  process.stdin.on("data", (count) => {
    for (let at = 0; at < Number(count); at++) socket.send(Buffer.from(message, "hex"), Number(port), "127.0.0.1");
  });
  process.stdin.on("end", () => process.exit());
`;

test("1,000 copies from another process that has taken over the port of the first one join its call", async () => {
  await using held = await holding("udp://127.0.0.1:0");
  const { server, port, begun, executions } = held;
  const message = Buffer.from(new Forge().add(1, 2)).toString("hex");
  const from = await freePort();
  const start = async () => {
    const child = spawn(process.execPath, ["-e", sender, String(port), String(from), message]);
    child.stderr.pipe(process.stderr);
    await once(child.stdout, "data");
    return child;
  };
  const first = await start();
  first.stdin.write("1");
  const finish = await begun;
  first.kill("SIGKILL");
  await once(first, "close");
  const second = await start();
  for (let copies = 0; copies < 1000; copies += 100) {
    second.stdin.write("100");
    await seen(() => server.stats.joins >= copies + 100);
  }
  const reply = once(second.stdout, "data");
  finish(3);
  assert.equal(String((await reply)[0]), "3\n");
  assert.deepEqual([executions(), server.stats.joins], [1, 1000]);
  second.stdin.end();
  await once(second, "close");
});
