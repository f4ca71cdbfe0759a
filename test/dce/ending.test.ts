// Calls while a server ends the connection, from its shutdown PDU or its FIN to the closing of the socket.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { createDceClient } from "lupine/dce";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { reply } from "../support/dce-connection.js";
import * as pdus from "../support/dce-pdus.js";

const shutdown = pdus.pdu(17, new Uint8Array(0));
/** As a server that takes several calls at a time, or one after the other. */
const flags = { several: 0x13, single: 0x03 };

/** A server whose every PDU the test sends. */
async function scripted(t: TestContext) {
  const listener = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  t.after(() => listener.close());
  const sockets: Socket[] = [];
  listener.on("connection", (socket) => {
    t.after(() => socket.destroy());
    socket.on("error", () => undefined);
    sockets.push(socket);
  });
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  /** The connection of this number, when it is there. */
  const connection = async (index: number): Promise<Socket> => {
    while (sockets[index] === undefined) await once(listener, "connection");
    return sockets[index];
  };
  return { connection, sockets, target: `ncacn_ip_tcp:127.0.0.1[${port}]` };
}

/** The number of the next PDU, which must be of this type. */
async function received(socket: Socket, type: number): Promise<number> {
  const pdu = (await reply(socket)) ?? assert.fail("the client has closed the connection");
  assert.equal(pdu[2], type);
  return pdu.readUInt32LE(12);
}

async function bound(socket: Socket, how = flags.several): Promise<void> {
  const callId = await received(socket, pdus.bind);
  socket.write(pdus.pdu(pdus.bindAck, pdus.acceptance(), { callId, flags: how }));
}

const answer = (callId: number): Buffer => pdus.pdu(pdus.response, pdus.call(0, new Uint8Array(0)), { callId });

const ends = {
  "a shutdown PDU": (socket: Socket, last: Buffer) => socket.write(Buffer.concat([last, shutdown])),
  FIN: (socket: Socket, last: Buffer) => socket.end(last),
};

for (const [what, end] of Object.entries(ends)) {
  test(`a call after ${what} is made over a new connection, before the old one is closed`, async (t) => {
    const server = await scripted(t);
    await using client = createDceClient(Sample_v1, server.target);
    const first = client.nothing();
    const old = await server.connection(0);
    await bound(old);
    const id = await received(old, pdus.request);
    end(old, answer(id));
    await first;
    // The client has read what came with the answer.
    await once(old.resume(), "end");
    const second = client.nothing();
    const fresh = await server.connection(1);
    await bound(fresh);
    fresh.write(answer(await received(fresh, pdus.request)));
    await second;
  });
}

test("a call on its way is answered after a shutdown PDU, and then the client closes", async (t) => {
  const server = await scripted(t);
  await using client = createDceClient(Sample_v1, server.target);
  const first = client.nothing();
  const old = await server.connection(0);
  await bound(old);
  const id = await received(old, pdus.request);
  old.write(shutdown);
  // Once the client has read it, it connects again for the next call.
  const others: Promise<unknown>[] = [];
  const again = server.connection(1);
  let isThere = false;
  void again.then(() => {
    isThere = true;
  });
  while (!isThere) {
    const other = client.nothing({ timeout: 60_000 });
    others.push(other);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const fresh = await again;
  await bound(fresh);
  // Those that left before the shutdown was read are still of the old connection.
  const serve = async (socket: Socket): Promise<void> => {
    for (let pdu = await reply(socket); pdu !== undefined; pdu = await reply(socket))
      if (pdu[2] === pdus.request) socket.write(answer(pdu.readUInt32LE(12)));
  };
  const served = serve(old);
  void serve(fresh);
  old.write(answer(id));
  await first;
  await Promise.all(others);
  await served;
  assert.equal(server.sockets.length, 2);
});

test("calls that wait for their turn, and one that waits for the binding, move to a new connection", async (t) => {
  const server = await scripted(t);
  await using client = createDceClient(Sample_v1, server.target);
  const calls = [client.nothing(), client.nothing(), client.nothing()];
  const old = await server.connection(0);
  await bound(old, flags.single);
  const id = await received(old, pdus.request);
  old.write(Buffer.concat([shutdown, answer(id)]));
  const middle = await server.connection(1);
  await received(middle, pdus.bind);
  middle.write(shutdown);
  await calls[0];
  // It has moved once: a server that only shuts down is not called for ever.
  for (const call of calls.slice(1)) await assert.rejects(call, { code: "RPC_DISCONNECTED", mayHaveRun: false });
  assert.equal(server.sockets.length, 2);
});
