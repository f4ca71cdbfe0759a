// Records of TLS that are read into the input's own buffers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { TLSSocket, connect as tlsConnect } from "node:tls";
import { authority, server as own } from "../testing/certificates.test-support.js";
import { turns, until } from "../testing/waiting.test-support.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Connection } from "./connection.js";
import { openConnection, openListener } from "./index.js";
import { Input } from "./input.js";
import { readInto } from "./layer-input.js";

const numbered = (out: XdrWriter, [number, length]: readonly [number, number]): void => {
  out.writeWord(number);
  out.writeFixedOpaque(new Uint8Array(length));
};

/** Both ends over TLS. The far one counts what it gets, and does with each message what `each` says. */
async function pair(t: TestContext, each: (connection: Connection, number: number) => void) {
  const got: Array<[number: number, length: number]> = [];
  let far: Connection | undefined;
  const quiet = { drained: () => undefined, closed: () => undefined };
  const listener = await openListener("tcp://127.0.0.1:0", (connection) => {
    far = connection;
    const message = (bytes: Uint8Array, start: number, end: number): void => {
      const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(start);
      got.push([number, end - start - 4]);
      each(connection, number);
    };
    connection.open({ ...quiet, message });
    const layer = (stream: unknown) => new TLSSocket(stream as Socket, { ...own, isServer: true });
    const secured = async (stream: unknown) => {
      const made = layer(stream);
      await once(made, "secure");
      return made;
    };
    void connection.upgrade?.(secured, { overSocket: true });
  });
  const near = await openConnection(listener.address);
  near.open({ ...quiet, message: () => undefined });
  t.after(async () => {
    near.destroy();
    far?.destroy();
    await listener.close();
  });
  const secured = async (stream: unknown) => {
    const made = tlsConnect({ socket: stream as Socket, ca: authority, servername: "localhost" });
    await once(made, "secureConnect");
    return made;
  };
  await near.upgrade?.(secured, { overSocket: true });
  return { near, got, far: () => far as Connection };
}

test("an end that pauses at every message gets the rest only when it resumes, in order", async (t) => {
  const sizes = [0, 16_000, 100_000, 4, 40_000, 16_384, 300_000, 8];
  const { near, got, far } = await pair(t, (connection) => connection.pause());
  for (const [number, length] of sizes.entries()) near.send(numbered, [number, length]);
  for (const [number] of sizes.entries()) {
    await until(
      () => got.length > number,
      () => `message ${number}`,
    );
    await turns();
    assert.equal(got.length, number + 1);
    far().resume();
  }
  assert.deepEqual(got, [...sizes.entries()]);
});

test("a long stream of messages of all lengths arrives unchanged, in turns of the event loop", async (t) => {
  const { near, got } = await pair(t, () => undefined);
  const lengths = Array.from({ length: 400 }, (_, i) => ((i * 7_919) % 70_000) & ~3);
  for (const [number, length] of lengths.entries()) near.send(numbered, [number, length]);
  await until(
    () => got.length === lengths.length,
    () => `all messages; there are ${got.length}`,
  );
  assert.deepEqual(got, [...lengths.entries()]);
});

test("this version of Node reads a layer into the input's buffers, and keeps what has come before", async (t) => {
  const server = createServer((socket) => {
    const layer = new TLSSocket(socket, { ...own, isServer: true });
    layer.on("error", () => undefined);
    layer.write(Buffer.from("\x80\0\0\x04abcd", "latin1"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const input = new Input();
  const messages: string[] = [];
  const message = (bytes: Uint8Array, start: number, end: number): void => {
    messages.push(Buffer.from(bytes.subarray(start, end)).toString());
  };
  input.start(
    { readOn: () => undefined, inputFailed: assert.ifError, output: { open() {} } },
    { message, drained() {}, closed() {} },
  );
  const { port } = server.address() as { port: number };
  const options = { onread: input.onread } as ConstructorParameters<typeof Socket>[0];
  const socket = new Socket(options).connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  const layer = tlsConnect({ socket, ca: authority, servername: "localhost" });
  await once(layer, "readable");
  assert.equal(readInto(layer, socket, input), true);
  assert.deepEqual(messages, ["abcd"]);
  assert.equal(readInto(layer, new Socket(), input), false, "a socket without onread");
});
