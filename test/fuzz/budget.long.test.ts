// A server under random mixes of connections, calls of every kind, callbacks, pauses and sudden ends: what it counts as
// held never passes its limits, and is nothing at the end. LUPINE_FUZZ_BUDGET sets how many steps (default 3,000).
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "lupine";
import { EVERYTHING_V1 } from "../fixtures/everything.gen.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { measureMemory } from "./support/memory.js";
import { randomSource } from "./support/random.js";

const { count, seed } = planFrom("LUPINE_FUZZ_BUDGET", 3_000);
const random = randomSource(seed);
const limits = { callsInFlight: 16, totalCallsInFlight: 64, bytesInFlight: 128 * 1024, totalBytes: 1024 * 1024 };
const maxMessage = 128 * 1024;
/** What one message may add before the next look: a reply as it is queued, in a buffer of the next power of two. */
const slack = 4 * maxMessage;
/** Steps beyond the planned ones. */
const mostMore = 10_000;
const { program, echo } = { program: EVERYTHING_V1, echo: EVERYTHING_V1.procedures.echo.number };

/** A call of ECHO: its text says what the handler does, and fills the message up to `size` bytes. */
function call(what: string, size: number): Buffer {
  const text = Buffer.from(what.padEnd(size, "."));
  const body = Buffer.alloc(44 + ((text.length + 3) & ~3));
  const words = [0x8000_0000 + body.length, random(1_000_000), 0, 2, program.number, 1, echo, 0, 0, 0, 0, text.length];
  const message = Buffer.concat([Buffer.alloc(4), body]);
  for (const [i, word] of words.entries()) message.writeUInt32BE(word, i * 4);
  text.copy(message, 48);
  return message;
}

/** Handlers that answer at once, later, with much or little, or after a callback that is never answered. */
function implementation(later: (() => void)[]) {
  const answer = (text: string): string => (text[1] === "m" ? "m".repeat(100_000) : "l");
  return {
    null: () => undefined,
    add: () => 0,
    list: () => [],
    all: (value: never) => value,
    echo: (text: string, { peer }: { peer?: { call(request: object): Promise<unknown> } }) => {
      if (text[0] === "c") {
        const request = { program, procedure: program.procedures.null, args: [], options: { timeout: 50 } };
        peer?.call(request).catch(() => undefined);
      }
      if (text[0] !== "a") return answer(text);
      return new Promise<string>((resolve) => later.push(() => resolve(answer(text))));
    },
  };
}

async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" }).on("error", () => {});
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  return socket.resume();
}

test(`what a server counts as held keeps to its limits and ends at nothing: ${count} steps, seed ${seed}`, async (t) => {
  const later: (() => void)[] = [];
  const server = new Server({ limits, onError: () => undefined, onRefused: () => undefined });
  server.implement(program, implementation(later) as never);
  const { address } = await server.listen("tcp://127.0.0.1:0", { maxMessage, highWaterMark: 64 * 1024 });
  t.after(() => server.destroy());
  const { port } = address as { port: number };
  const sockets: Socket[] = [];
  const campaign = new Campaign("bytes held by a server", { count, seed });
  const start = measureMemory();
  let most = 0;
  // A short run goes on until it holds enough to test something.
  for (let i = 0; i < count || (most <= limits.bytesInFlight && i < count + mostMore); i++) {
    const socket = sockets[random(Math.max(1, sockets.length))];
    const choice = random(20);
    if (socket === undefined || socket.destroyed || (choice === 0 && sockets.length < 30)) {
      sockets.push(await dial(t, port));
    } else if (choice === 1) sockets.splice(sockets.indexOf(socket), 1)[0]?.destroy();
    else if (choice === 2) socket.pause();
    else if (choice === 3) socket.resume();
    else if (choice < 8) for (const end of later.splice(0, random(30))) end();
    else if (socket.writableLength < 4 * maxMessage) {
      socket.write(call(`${"acs"[random(3)]}${"ml"[random(2)]}`, random(4) === 0 ? random(90_000) : 10));
    }
    if (random(3) === 0) await sleep(0);
    campaign.ran(1);
    const { bytes, calls } = server.usage;
    most = Math.max(most, bytes);
    assert.ok(bytes >= 0 && bytes <= limits.totalBytes + slack, `${bytes} bytes are held`);
    // One call of each connection may run whatever the others have.
    assert.ok(calls >= 0 && calls <= 2 * limits.totalCallsInFlight, `${calls} calls run`);
  }
  assert.ok(most > limits.bytesInFlight, `at most ${most} bytes were held: this tests nothing`);
  for (const socket of sockets) socket.destroy();
  while (server.connections > 0 || server.usage.calls > 0) {
    for (const end of later.splice(0)) end();
    await sleep(1);
  }
  assert.deepEqual({ ...server.usage }, { calls: 0, bytes: 0 });
  campaign.finish(start, measureMemory());
});
