// A made-up layer that turns every bit around, put over a connection in the middle of its conversation.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { ending, turns, until } from "../testing/waiting.test-support.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Connection } from "./connection.js";
import type { TransportError } from "./errors.js";
import { openConnection, openListener } from "./index.js";

const raw = (out: XdrWriter, text: string): void => out.writeFixedOpaque(Buffer.from(text));

/** Works only if the other end has one, too. */
function inverted(stream: Duplex): Duplex {
  const turned = (chunk: Buffer): Buffer => Buffer.from(chunk.map((byte) => byte ^ 0xff));
  const layer = new Duplex({
    read: () => void stream.resume(),
    write: (chunk: Buffer, _encoding, done) => void stream.write(turned(chunk), done),
    final: (done) => void stream.end(done),
    destroy: (error, done) => {
      stream.destroy();
      done(error);
    },
  });
  stream.on("data", (chunk: Buffer) => layer.push(turned(chunk)) || stream.pause());
  stream.on("end", () => layer.push(null));
  stream.on("error", (error) => layer.destroy(error));
  return layer;
}

interface End {
  readonly connection: Connection;
  readonly messages: string[];
  error: TransportError | undefined;
  closed: boolean;
}

function watch(connection: Connection, onMessage: (text: string, end: End) => void = () => undefined): End {
  const end: End = { connection, messages: [], error: undefined, closed: false };
  connection.open({
    message: (bytes, start, stop) => {
      const text = Buffer.from(bytes.subarray(start, stop)).toString().replaceAll("\0", "");
      end.messages.push(text);
      onMessage(text, end);
    },
    drained: () => undefined,
    closed: (error) => {
      end.error = error;
      end.closed = true;
    },
  });
  return end;
}

/** The server upgrades when it is asked to, after its answer, and continues to send at once. */
async function pair(t: TestContext, url: string, onMessage?: (text: string, end: End) => void): Promise<[End, End]> {
  let far: End | undefined;
  const listener = await openListener(url, (connection) => {
    far = watch(connection, onMessage ?? serve);
  });
  const near = watch(await openConnection(listener.address), (text, { connection }) => {
    if (text === "begin") upgrade(connection);
  });
  await until(
    () => far !== undefined,
    () => "the server's end",
  );
  t.after(async () => {
    near.connection.destroy();
    far?.connection.destroy();
    await listener.close();
  });
  return [near, far as End];
}

function serve(text: string, { connection }: End): void {
  if (text !== "upgrade?") return;
  connection.send(raw, "begin");
  upgrade(connection);
  for (let i = 0; i < 100; i++) connection.send(raw, `far ${i}`);
}

function upgrade(connection: Connection): Promise<void> {
  const upgrading = connection.upgrade?.(inverted) ?? Promise.reject(new Error("a connection without upgrade"));
  upgrading.catch(() => undefined);
  return upgrading;
}

const all = (end: End, count: number): Promise<void> =>
  until(
    () => end.messages.length === count || end.closed,
    () => `${count} messages; there are ${end.messages.length}`,
  );

const numbered = (name: string, count = 100): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`);

for (const url of ["tcp://127.0.0.1:0", `unix:${join(mkdtempSync(join(tmpdir(), "upgrade-")), "s")}`]) {
  test(`messages before an upgrade leave as they are, all later ones through the layer (${url.slice(0, 4)})`, async (t) => {
    const [near, far] = await pair(t, url);
    for (let i = 0; i < 100; i++) near.connection.send(raw, `before ${i}`);
    near.connection.send(raw, "upgrade?");
    await all(near, 101);
    assert.deepEqual(near.messages, ["begin", ...numbered("far")]);
    for (let i = 0; i < 100; i++) near.connection.send(raw, `after ${i}`);
    near.connection.send(raw, "x".repeat(1_000_000));
    await all(far, 202);
    assert.deepEqual(far.messages.slice(0, 201), [...numbered("before"), "upgrade?", ...numbered("after")]);
    assert.equal(far.messages[201]?.length, 1_000_000);
    await ending(near.connection.close(), "the connection to close");
    await until(
      () => far.closed,
      () => "the other end to close",
    );
    assert.deepEqual([near.error, far.error], [undefined, undefined]);
  });
}

test("bytes that came in one piece with the last plain message go through the layer", async (t) => {
  const [, far] = await new Promise<[undefined, End]>((resolve) => {
    openListener("tcp://127.0.0.1:0", (connection) => resolve([undefined, watch(connection, serve)])).then(
      (listener) => {
        t.after(() => listener.close());
        const plain = (text: string) => Buffer.concat([Buffer.from([0x80, 0, 0, text.length]), Buffer.from(text)]);
        const layered = Buffer.from(plain("late").map((byte) => byte ^ 0xff));
        const socket = connect((listener.address as { port: number }).port, "127.0.0.1");
        t.after(() => socket.destroy());
        socket.write(Buffer.concat([plain("upgrade?"), layered]));
      },
    );
  });
  await all(far, 2);
  assert.deepEqual(far.messages, ["upgrade?", "late"]);
});

test("a connection that is paused while it is upgraded delivers nothing until it is resumed", async (t) => {
  const [near, far] = await pair(t, "tcp://127.0.0.1:0", (text, { connection }) => {
    if (text !== "upgrade?") return;
    connection.send(raw, "begin");
    connection.pause();
    upgrade(connection);
  });
  near.connection.send(raw, "upgrade?");
  await all(near, 1);
  near.connection.send(raw, "later");
  await turns();
  assert.deepEqual(far.messages, ["upgrade?"]);
  far.connection.resume();
  await all(far, 2);
  assert.deepEqual(far.messages, ["upgrade?", "later"]);
});

test("a close during an upgrade waits for it, and what was sent arrives", async (t) => {
  const [near, far] = await pair(t, "tcp://127.0.0.1:0", (text, { connection }) => {
    if (text !== "upgrade?") return;
    connection.send(raw, "begin");
    upgrade(connection);
    connection.send(raw, "last");
    connection.close();
  });
  near.connection.send(raw, "upgrade?");
  await until(
    () => near.closed,
    () => "the end",
  );
  assert.deepEqual(near.messages, ["begin", "last"]);
  assert.deepEqual([near.error, far.error], [undefined, undefined]);
});

test("a layer that cannot be made ends the connection, and says why", async (t) => {
  const [near, far] = await pair(t, "tcp://127.0.0.1:0", () => undefined);
  const broken = (): Promise<Duplex> => Promise.reject(new Error("no common cipher"));
  const expected = { code: "TRANSPORT_RESET", message: "the connection could not be upgraded: no common cipher" };
  await assert.rejects(near.connection.upgrade?.(broken) ?? Promise.resolve(), expected);
  await until(
    () => near.closed && far.closed,
    () => "both ends to close",
  );
  assert.equal(near.error?.message, expected.message);
  await assert.rejects(upgrade(near.connection), { code: "TRANSPORT_CLOSED" });
});

test("a second upgrade is refused while one is under way", async (t) => {
  const [near] = await pair(t, "tcp://127.0.0.1:0", () => undefined);
  const first = upgrade(near.connection);
  await assert.rejects(upgrade(near.connection), /under way/);
  await first;
});

test("a part of a plain record before the upgrade ends the connection", async (t) => {
  const server = createServer((socket) => socket.write(Buffer.from([0x80, 0])));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const near = watch(await openConnection(`tcp://127.0.0.1:${port}`));
  await until(
    () => (near.connection.arrivals ?? 0) > 0,
    () => "the bytes",
  );
  await assert.rejects(upgrade(near.connection), { code: "TRANSPORT_RESET", message: /part of a record/ });
});
