// What an idle connection keeps in memory of the last message that it received: nothing.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient } from "./create-client.js";
import { adder, adding } from "./rpc/adder.test-support.js";
import { Server } from "./server/server.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const connections = 20;

/** Bytes of memory outside of the heap that are in use. */
async function held(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  gc();
  gc();
  return process.memoryUsage().arrayBuffers;
}

async function listening(t: TestContext, url: string): Promise<{ readonly port: number; readonly url: string }> {
  const server = new Server({ onError: () => undefined }).implement(adder, adding());
  t.after(() => server.destroy());
  const { address } = await server.listen(url);
  const { port } = address as { readonly port: number };
  return { port, url: url.replace(":0", `:${port}`) };
}

/** A call with so many bytes of arguments, of which the server wants four. */
function longCall(bytes: number): Buffer {
  const words = [1, 0, 2, adder.number, 1, adder.procedures.repeat.number, 0, 0, 0, 0];
  const message = Buffer.alloc(words.length * 4 + bytes);
  for (const [i, word] of words.entries()) message.writeUInt32BE(word, i * 4);
  return message;
}

test("a server keeps nothing of long calls on connections that are idle", async (t) => {
  const { port } = await listening(t, "tcp://127.0.0.1:0");
  const message = longCall(1_000_000);
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(0x8000_0000 + message.length);
  const before = await held();
  for (let i = 0; i < connections; i++) {
    const socket = connect(port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.write(Buffer.concat([mark, message]));
    await once(socket, "data");
  }
  const more = (await held()) - before;
  assert.ok(more < 2_000_000, `${connections} idle connections keep ${more} bytes`);
});

test("a server keeps nothing of long datagrams", async (t) => {
  const { port } = await listening(t, "udp://127.0.0.1:0");
  const before = await held();
  for (let i = 0; i < 5 * connections; i++) {
    const socket = createSocket("udp4");
    t.after(() => socket.close());
    socket.send(longCall(60_000), port, "127.0.0.1");
    await once(socket, "message");
  }
  const more = (await held()) - before;
  assert.ok(more < 2_000_000, `${5 * connections} callers keep ${more} bytes`);
});

test("a client keeps nothing of long results", async (t) => {
  const { url } = await listening(t, "tcp://127.0.0.1:0");
  const before = await held();
  for (let i = 0; i < connections; i++) {
    const client = createClient(adder, url);
    t.after(() => client[Symbol.asyncDispose]());
    assert.equal((await client.repeat(900_000)).length, 900_000);
  }
  const more = (await held()) - before;
  assert.ok(more < 2_000_000, `${connections} idle clients keep ${more} bytes`);
});
