import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { type LentSocket, lend, writeLent } from "./lent-socket.js";

const noDescriptors = process.platform === "win32" && "sockets have no descriptors here";

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(near, "connect");
  const [far] = (await accepted) as [Socket];
  server.close();
  after(() => [near, far].map((socket) => socket.destroy()));
  return { near, far };
}

test("bytes that are written into a lent socket arrive, from where they start", { skip: noDescriptors }, async () => {
  const { near, far } = await pair();
  const lent = lend(near) as LentSocket;
  assert.equal(writeLent(lent, Buffer.from("--call"), 2, 1_000), 4);
  const [bytes] = (await once(far.resume(), "data")) as [Buffer];
  assert.equal(String(bytes), "call");
});

test("a write into a lent socket ends with its time if the other end reads nothing", {
  skip: noDescriptors,
}, async () => {
  const { near } = await pair();
  const lent = lend(near) as LentSocket;
  const bytes = new Uint8Array(64 * 1024 * 1024);
  const count = writeLent(lent, bytes, 0, 5);
  assert.ok(count > 0 && count < bytes.length, `${count} bytes`);
});

test("nothing is written into a lent socket that is closed: another file may have its descriptor", {
  skip: noDescriptors,
}, async () => {
  const { near } = await pair();
  const lent = lend(near) as LentSocket;
  near.destroy();
  assert.equal(writeLent(lent, new Uint8Array(4), 0, 1_000), -1);
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const datagrams = lend(socket) as LentSocket;
  socket.close();
  assert.equal(writeLent(datagrams, new Uint8Array(4), 0, 1_000), -1);
});
