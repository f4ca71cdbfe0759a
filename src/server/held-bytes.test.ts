// What callers can make a server hold, over TCP: by counts of bytes and calls, with small limits.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { Call } from "../rpc/call.js";
import { thoroughTest } from "../testing/count-of.test-support.js";
import { until } from "../testing/waiting.test-support.js";
import type { RefusedCall, ServerOptions } from "./options.js";
import { Server } from "./server.js";

const bytesInFlight = 64 * 1024;
const repeat = 5;
const later = 2;

function call(xid: number, procedure: number, ...args: number[]): Buffer {
  const words = [xid, 0, 2, adder.number, 1, procedure, 0, 0, 0, 0, ...args];
  const message = Buffer.alloc(4 + words.length * 4);
  message.writeUInt32BE(0x8000_0000 + words.length * 4);
  for (const [i, word] of words.entries()) message.writeUInt32BE(word, 4 + i * 4);
  return message;
}

async function serve(t: TestContext, methods: Parameters<typeof adding>[0], options: ServerOptions = {}) {
  const reports: string[] = [];
  const refused: RefusedCall[] = [];
  const server = new Server({
    onError: (error) => reports.push(String(error)),
    onRefused: (one) => refused.push(one),
    ...options,
  }).implement(adder, adding(methods));
  const { address } = await server.listen("tcp://127.0.0.1:0", { highWaterMark: 16 * 1024, maxMessage: 256 * 1024 });
  t.after(() => server.destroy());
  const dial = async (): Promise<Socket> => {
    const socket = connect((address as { port: number }).port, "127.0.0.1").on("error", () => undefined);
    t.after(() => socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { server, reports, refused, dial };
}

/** Waits until `has` holds, and then until nothing changes any more. */
async function settled(server: Server, has: () => boolean): Promise<void> {
  await until(has, () => "calls to be held");
  for (let before = ""; before !== JSON.stringify(server.usage); await sleep(50)) before = JSON.stringify(server.usage);
}

test("replies to a caller that does not read are bounded while a callback is awaited, too", async (t) => {
  let runs = 0;
  const { server, dial } = await serve(
    t,
    {
      repeat: (size) => {
        runs++;
        return new Uint8Array(size);
      },
      later: (_value: number, { peer }: Call) => {
        const request = { program: adder, procedure: adder.procedures.add, args: [{ a: 1, b: 2 }], options: {} };
        peer?.call(request).catch(() => undefined);
        return 1;
      },
    },
    { limits: { bytesInFlight } },
  );
  const socket = await dial();
  socket.pause();
  socket.write(call(1, later, 1));
  const calls = Array.from({ length: 1_000 }, (_, i) => call(i, repeat, 100_000));
  socket.write(Buffer.concat(calls));
  await settled(server, () => runs > 0);
  // What the system's own buffers take comes on top, so the runs are not bounded by the bytes alone.
  assert.ok(runs > 0 && runs < 1_000, `${runs} calls ran`);
  assert.ok(server.usage.bytes <= 4 * bytesInFlight + 2 * 128 * 1024, `${server.usage.bytes} bytes wait`);
  socket.destroy();
  while (server.connections > 0) await sleep(1);
  assert.equal(server.usage.bytes, 0);
});

thoroughTest(
  "a caller that leaves replies of asynchronous handlers unread is cut off, and that is reported",
  async (t) => {
    const waiting: (() => void)[] = [];
    const { server, reports, dial } = await serve(
      t,
      { repeat: (size) => new Promise((resolve) => waiting.push(() => resolve(new Uint8Array(size)))) },
      { limits: { bytesInFlight } },
    );
    const socket = await dial();
    socket.pause();
    socket.write(Buffer.concat(Array.from({ length: 500 }, (_, i) => call(i, repeat, 200_000))));
    while (waiting.length < 500) await sleep(1);
    for (const end of waiting) end();
    await once(socket.resume(), "close");
    assert.match(reports[0] ?? "", /was disconnected: \d+ bytes of replies wait .* \(4 times limits\.bytesInFlight\)/);
    assert.deepEqual({ ...server.usage }, { calls: 0, bytes: 0 });
  },
);

thoroughTest(
  "large results of asynchronous handlers, unknown before they come all at once, are refused beyond the total, and later ones are not",
  async (t) => {
    const waiting: (() => void)[] = [];
    const { server, refused, reports, dial } = await serve(
      t,
      { repeat: (size) => new Promise((resolve) => waiting.push(() => resolve(new Uint8Array(size)))) },
      { limits: { totalBytes: 1024 * 1024 } },
    );
    const honest = await dial();
    const succeeds = async (xid: number): Promise<void> => {
      honest.write(call(xid, repeat, 200_000));
      while (waiting.length === 0) await sleep(1);
      waiting.pop()?.();
      let got = 0;
      while (got < 200_000) got += ((await once(honest, "data")) as [Buffer])[0].length;
    };
    // No reply has shown yet that they are large.
    const greedy = await Promise.all(Array.from({ length: 8 }, dial));
    const calls = Buffer.concat(Array.from({ length: 60 }, (_, i) => call(i, repeat, 200_000)));
    for (const socket of greedy) socket.pause().write(calls);
    while (waiting.length < 8 * 60) await sleep(1);
    for (const end of waiting.splice(0)) end();
    await settled(server, () => refused.length > 0);
    assert.ok(refused.length > 0, `${refused.length} refused`);
    assert.match(String(refused[0]?.cause), /a call was refused: it ran, .* \(limits\.totalBytes\)/);
    assert.ok(
      reports.some((report) => /refused: it ran/.test(report)),
      reports.join("\n"),
    );
    for (const socket of greedy) socket.destroy();
    while (server.connections > 1) await sleep(1);
    await succeeds(2);
    assert.deepEqual({ ...server.usage }, { calls: 0, bytes: 0 });
  },
);

test("calls that the total has no room for get SYSTEM_ERR, which names the limit, and small ones still run", async (t) => {
  const { server, refused, reports, dial } = await serve(
    t,
    { later: () => new Promise<number>(() => undefined), add: ({ a, b }) => a + b },
    { limits: { totalCallsInFlight: 4 } },
  );
  const [greedy, honest] = [await dial(), await dial()];
  greedy.resume().write(Buffer.concat(Array.from({ length: 50 }, (_, i) => call(i, later, i))));
  await settled(server, () => server.usage.calls > 0);
  assert.ok(server.usage.calls <= 8, `${server.usage.calls} calls run`);
  honest.write(call(7, 1, 20, 22));
  const [reply] = (await once(honest, "data")) as [Buffer];
  assert.equal(reply.readUInt32BE(28), 42);
  // A connection that holds nothing is read; past twice the total its calls are refused.
  while (server.usage.calls < 8) {
    const other = await dial();
    const before = server.usage.calls;
    other.write(call(1, later, 1));
    while (server.usage.calls === before) await sleep(1);
  }
  honest.write(call(8, later, 1));
  const [denied] = (await once(honest, "data")) as [Buffer];
  assert.equal(denied.readUInt32BE(24), 5);
  assert.match(String(refused.at(-1)?.cause), /limits\.totalCallsInFlight/);
  assert.match(reports.at(-1) ?? "", /tcp:\/\/127\.0\.0\.1:\d+: a call was refused: 8 calls/);
});
