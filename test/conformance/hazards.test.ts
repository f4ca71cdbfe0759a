// What hostile peers have done to other implementations, done to a server of ours over a real socket. Each test ends with
// the server's right answer; the finer cases are tested beside the code that they concern.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { type RefusedCall, Server, type ServerOptions } from "lupine";
import { decode, encode, hyperNumber, unsignedHyperNumber, XdrError } from "lupine/xdr";
import { EVERYTHING_V1, EVERYTHING_V2, type everything_else } from "../fixtures/everything.gen.js";
import { words } from "../fuzz/support/messages.js";
import { Records, record } from "../fuzz/support/streams.js";

/** What follows xid and REPLY. */
const denied = (why: number) => words(1, 1, why).toString("hex");
const accepted = (status: number, ...more: number[]) => words(0, 0, 0, status, ...more).toString("hex");
const [badCredential, badVerifier, procedureUnavailable, garbageArguments] = [1, 3, 3, 4];

async function serve(t: TestContext, options: ServerOptions = {}): Promise<number> {
  const server = new Server(options)
    .implement(EVERYTHING_V1, {
      null: () => undefined,
      add: (a, b) => a + b,
      echo: (text) => text,
      list: ({ children }) => children,
      all: (everything: everything_else) => everything,
    })
    .implement(EVERYTHING_V2, { null: () => undefined, grow: (trees) => trees });
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  return (address as { port: number }).port;
}

function call(procedure: number, args: Uint8Array, { version = 1, auth = words(0, 0, 0, 0), xid = 7 } = {}): Buffer {
  return Buffer.concat([words(xid, 0, 2, EVERYTHING_V1.number, version, procedure), auth, args]);
}

/** Sends bytes in one write. @returns the replies, as many as asked for, each in hex after its xid and REPLY. */
async function replies(port: number, stream: Buffer, count = 1): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  const got: string[] = [];
  const done = new Promise<void>((resolve, reject) => {
    const records = new Records((reply) => {
      got.push(reply.subarray(8).toString("hex"));
      if (got.length === count) resolve();
    });
    socket.on("data", (chunk) => records.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`the server closed the connection after ${got.length} replies`)));
  });
  socket.write(stream);
  await done.finally(() => socket.destroy());
  return got;
}

/** Bytes of objects and buffers. The resident memory of the process depends on the garbage collector. */
function taken(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("a count whose size in bytes overflows 32 bits gets GARBAGE_ARGS, and nothing is made for it", async (t) => {
  const refused: RefusedCall[] = [];
  const port = await serve(t, { onRefused: (one) => refused.push(one) });
  const before = taken();
  // Each of these times 4, 8, 12 or 16 bytes an element is small modulo 2^32.
  for (const count of [0x4000_0001, 0x2000_0001, 0x1555_5556, 0x1000_0001, 0x8000_0001, 0xffff_ffff]) {
    const echo = call(2, words(count, 0));
    const list = call(3, words(0, count, count, 0));
    const grow = call(7, words(count, count, count, count), { version: 2 });
    const answers = await replies(port, Buffer.concat([echo, list, grow].map(record)), 3);
    assert.deepEqual(
      answers,
      Array.from({ length: 3 }, () => accepted(garbageArguments)),
    );
  }
  assert.ok(refused.every(({ cause }) => cause instanceof XdrError) && refused.length === 18);
  assert.ok(taken() - before < 64 * 2 ** 20);
});

test("arguments that nest a hundred thousand levels get GARBAGE_ARGS, not a stack overflow", async (t) => {
  const port = await serve(t);
  // A tree whose left branch goes on and on: label, "there is one to the left".
  const nested = Buffer.alloc(8 * 100_000, words(1, 1));
  assert.deepEqual(await replies(port, record(call(7, nested, { version: 2 }))), [accepted(garbageArguments)]);
});

test("a list of a hundred thousand entries is no nesting, and is answered", async (t) => {
  const port = await serve(t);
  const entry = Buffer.concat([words(1, 5, 1), Buffer.from("x\0\0\0")]);
  const entries = Buffer.concat([Buffer.alloc(entry.length * 100_000, entry), words(0)]);
  const [answer] = await replies(port, record(call(3, Buffer.concat([words(0), entries, words(0)]))));
  assert.ok(answer === accepted(0) + entries.toString("hex"), "another list came back");
});

test("a message in many fragments, empty ones among them, is one message", async (t) => {
  const port = await serve(t);
  const message = call(1, words(2, 3));
  const parts = [...message].map((byte) => Buffer.from([0, 0, 0, 1, byte]));
  const stream = Buffer.concat([words(0), ...parts, words(0, 0x8000_0000)]);
  assert.deepEqual(await replies(port, Buffer.concat([stream, stream]), 2), [accepted(0, 5), accepted(0, 5)]);
});

test("an AUTH_SYS credential that is out of bounds gets AUTH_BADCRED, and a good one on the same line is let in", async (t) => {
  const port = await serve(t);
  const bodies = {
    "17 gids": words(0, 0, 0, 0, 17, ...Array(17).fill(1)),
    "2^32 - 1 gids": words(0, 0, 0, 0, 0xffff_ffff),
    "a machine name of 256 bytes": Buffer.concat([words(0, 256), Buffer.alloc(256, 0x61), words(0, 0, 0)]),
    "a machine name that goes past the credential": words(0, 255, 0, 0, 0),
    "a body of 404 bytes": Buffer.alloc(404),
    "bytes behind the gids": words(0, 0, 0, 0, 0, 0),
  };
  for (const [what, body] of Object.entries(bodies)) {
    const bad = call(1, words(1, 2), { auth: Buffer.concat([words(1, body.length), body, words(0, 0)]) });
    const good = call(1, words(1, 2), { auth: words(1, 20, 0, 0, 0, 0, 0, 0, 0) });
    const answers = await replies(port, Buffer.concat([record(bad), record(good)]), 2);
    assert.deepEqual(answers, [denied(badCredential), accepted(0, 3)], what);
  }
});

test("a verifier of more than 400 bytes gets AUTH_BADVERF", async (t) => {
  const port = await serve(t);
  const auth = Buffer.concat([words(0, 0, 0, 404), Buffer.alloc(404)]);
  assert.deepEqual(await replies(port, record(call(1, words(1, 2), { auth }))), [denied(badVerifier)]);
});

test("every procedure number that is not served gets PROC_UNAVAIL, however large", async (t) => {
  const port = await serve(t);
  const numbers = [5, 6, 255, 256, 65_535, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
  const stream = Buffer.concat(numbers.map((number) => record(call(number, Buffer.alloc(0)))));
  const answers = await replies(port, stream, numbers.length);
  assert.deepEqual(
    answers,
    numbers.map(() => accepted(procedureUnavailable)),
  );
});

test("a 64-bit number keeps every bit, and as a double it is refused rather than rounded or made negative", () => {
  for (const bits of [2n ** 63n, 2n ** 64n - 1n, 2n ** 53n + 1n, 2n ** 53n]) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(bits);
    assert.throws(() => decode(unsignedHyperNumber, bytes), XdrError);
    if (bits < 2n ** 63n) assert.throws(() => decode(hyperNumber, bytes), XdrError);
    const { args } = EVERYTHING_V2.procedures.grow;
    const tree = words(1, 0, 0);
    const decoded = decode(args, Buffer.concat([tree, bytes]));
    assert.equal(decoded[1], bits);
    assert.deepEqual(Buffer.from(encode(args, decoded)).subarray(-8), bytes);
  }
});

test("bytes behind the arguments get GARBAGE_ARGS, be they zeros or another call", async (t) => {
  const port = await serve(t);
  const good = call(1, words(2, 3));
  for (const more of [Buffer.alloc(1), words(0), good, Buffer.alloc(100_000)]) {
    const answers = await replies(port, Buffer.concat([record(Buffer.concat([good, more])), record(good)]), 2);
    assert.deepEqual(answers, [accepted(garbageArguments), accepted(0, 5)]);
  }
});

test("replies are not built over requests: calls of one segment keep their arguments", async (t) => {
  const port = await serve(t);
  const texts = Array.from({ length: 500 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(i % 300));
  const { args, result } = EVERYTHING_V1.procedures.echo;
  const stream = Buffer.concat(texts.map((text, xid) => record(call(2, encode(args, [text]), { xid }))));
  const answers = await replies(port, stream, texts.length);
  assert.deepEqual(
    answers,
    texts.map((text) => accepted(0) + Buffer.from(encode(result, text)).toString("hex")),
  );
});

test("a reply sent to a server, and a message that is nothing, get no answer and cost the line nothing", async (t) => {
  const port = await serve(t);
  const reply = words(9, 1, 0, 0, 0, 0, 42);
  const stream = [reply, words(9, 2, 0), words(9), Buffer.alloc(0), Buffer.from("GET / HTTP/1.1")].map(record);
  assert.deepEqual(await replies(port, Buffer.concat([...stream, record(call(1, words(2, 3)))])), [accepted(0, 5)]);
});

test("a connection that breaks a limit is closed, and its neighbours are served on", async (t) => {
  const port = await serve(t);
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(words(0xffff_ffff, 0, 0));
  await once(socket, "close");
  assert.deepEqual(await replies(port, record(call(1, words(2, 3)))), [accepted(0, 5)]);
});
