import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, type TestContext, test } from "node:test";
import { RpcCancelled, RpcDisconnected, RpcTimeout } from "../rpc/errors.js";
import { XdrError } from "../xdr/index.js";
import { double, int } from "../xdr/primitives.js";
import { type Mailbox, type MailboxError, type MailboxOptions, openMailbox } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "mail-"));
process.env["XDG_RUNTIME_DIR"] = folder;
after(() => rmSync(folder, { recursive: true }));

type Numbers = Mailbox<number>;
let made = 0;

async function mailbox(t: TestContext, name: string, options: Partial<MailboxOptions<number>> = {}): Promise<Numbers> {
  const opened = await openMailbox(name, { type: int, ...options });
  t.after(() => opened.close());
  return opened;
}

/** Two mailboxes, one after the other at addresses of one kind. */
async function pair(t: TestContext, address = () => `memory:test-${++made}`): Promise<[Numbers, Numbers]> {
  return [await mailbox(t, address()), await mailbox(t, address())];
}

const addresses = {
  "of this process": () => `memory:test-${++made}`,
  "of this machine": () => `name-${++made}`,
  "over TCP": () => "tcp://127.0.0.1:0",
  "over UDP": () => "udp://127.0.0.1:0",
};

for (const [kind, address] of Object.entries(addresses)) {
  test(`mailboxes ${kind} exchange a message and its answer`, async (t) => {
    const [server, client] = await pair(t, address);
    await client.send(7, server.url);
    const { from, message } = await server.receive();
    assert.equal(message, 7);
    assert.equal(from, client.name);
    await server.send(message + 1, from);
    assert.deepEqual(await client.receive(), { from: server.name, message: 8 });
  });
}

test("messages of one sender arrive in the order of the calls, whatever each of them waits for", async (t) => {
  const [server, client] = await pair(t, () => "tcp://127.0.0.1:0");
  const sent: Promise<void>[] = [];
  for (let number = 0; number < 1_000; number++)
    sent.push(client.send(number, server.url, { until: number % 3 === 0 ? "sent" : "queued" }));
  for (let number = 0; number < 1_000; number++) assert.equal((await server.receive()).message, number);
  await Promise.all(sent);
});

test("a symmetric receive leaves the messages of others in their order", async (t) => {
  const [server, one] = await pair(t);
  const two = await mailbox(t, "memory:two");
  await one.send(1, server.url);
  await two.send(20, server.url);
  await one.send(2, server.url);
  await two.send(21, server.url);
  assert.equal((await server.receive({ from: two.url })).message, 20);
  assert.equal(server.tryReceive({ from: two.url })?.message, 21);
  assert.equal(server.tryReceive({ from: two.url }), undefined);
  assert.equal((await server.receive()).message, 1);
  assert.equal((await server.receive({ from: one.url })).message, 2);
  assert.equal(server.unread, 0);
});

test("receivers that wait get messages in the order of their calls, each only what it takes", async (t) => {
  const [server, one] = await pair(t);
  const two = await mailbox(t, "memory:other");
  const fromTwo = server.receive({ from: two.url });
  const fromAnybody = server.receive();
  const fromOne = server.receive({ from: one.url });
  await one.send(1, server.url);
  await one.send(2, server.url);
  await two.send(3, server.url);
  assert.deepEqual(
    (await Promise.all([fromTwo, fromAnybody, fromOne])).map(({ message }) => message),
    [3, 1, 2],
  );
});

test("a blocking send resolves when the message is received, not before", async (t) => {
  const [server, client] = await pair(t);
  let delivered = false;
  const sending = client.send(1, server.url, { until: "delivered" }).then(() => {
    delivered = true;
  });
  // A later message that is in the mailbox: the first one is, too.
  await client.send(2, server.url);
  assert.equal(server.unread, 2);
  assert.equal(delivered, false);
  assert.equal((await server.receive()).message, 1);
  await sending;
});

test("a full mailbox lets senders wait for room, refuses those that do not, and loses nothing", async (t) => {
  const server = await mailbox(t, "memory:small", { messages: 2 });
  const client = await mailbox(t, "memory:eager");
  await client.send(1, server.url);
  await client.send(2, server.url);
  const waiting = client.send(3, server.url);
  await assert.rejects(
    client.send(9, server.url, { wait: false }),
    (error: MailboxError) =>
      error.code === "MAILBOX_FULL" && !error.mayHaveRun && /send again later/.test(error.message),
  );
  assert.equal((await server.receive()).message, 1);
  await waiting;
  assert.deepEqual([(await server.receive()).message, (await server.receive()).message], [2, 3]);
  await client.send(4, server.url, { wait: false });
});

for (const kind of ["of this process", "of this machine", "over TCP"] as const) {
  test(`a send ${kind} that has timed out for lack of room is followed by the later ones in order`, async (t) => {
    const server = await mailbox(t, addresses[kind](), { messages: 5 });
    const client = await mailbox(t, `memory:hurried-${++made}`);
    for (let number = 0; number < 5; number++) await client.send(number, server.url);
    for (const number of [5, 6, 7])
      await assert.rejects(client.send(number, server.url, { timeout: 110 }), {
        code: "RPC_TIMEOUT",
        mayHaveRun: true,
      });
    await assert.rejects(client.send(9, server.url, { wait: false }), { code: "MAILBOX_FULL" });
    const last = client.send(8, server.url);
    for (let number = 0; number <= 8; number++) assert.equal((await server.receive()).message, number);
    await last;
  });
}

test("bytes are limited, and a message that is larger than the limit has room in an empty mailbox", async (t) => {
  const server = await mailbox(t, "memory:narrow", { bytes: 7 });
  const client = await mailbox(t, "memory:broad");
  await client.send(1, server.url, { wait: false });
  await assert.rejects(client.send(2, server.url, { wait: false }), { code: "MAILBOX_FULL" });
  await server.receive();
  await client.send(2, server.url, { wait: false });
});

test("one-way messages to a full mailbox wait on the connection and arrive in order", async (t) => {
  const server = await mailbox(t, "tcp://127.0.0.1:0", { messages: 3 });
  const client = await mailbox(t, "memory:one-way");
  const sent = Array.from({ length: 500 }, (_, number) => client.send(number, server.url, { until: "sent" }));
  for (let number = 0; number < 500; number++) assert.equal((await server.receive()).message, number);
  await Promise.all(sent);
});

test("a message of another type is refused at either end", async (t) => {
  const [server, client] = await pair(t);
  await assert.rejects(client.send("text" as unknown as number, server.url), XdrError);
  const other = await openMailbox("memory:doubles", { type: double });
  t.after(() => other.close());
  await assert.rejects(other.send(1.5, server.url), { code: "MAILBOX_NOT_READABLE", mayHaveRun: false });
  assert.equal(server.unread, 0);
});

test("an answer to a sender without a mailbox fails, and says so", async (t) => {
  const client = await mailbox(t, "memory:asked");
  const refused = { code: "MAILBOX_BAD_NAME", message: /`from` is empty has no mailbox/ };
  await assert.rejects(client.send(1, ""), refused);
});

test("a send to a mailbox that nobody has fails, and the message did not arrive", async (t) => {
  const client = await mailbox(t, "memory:alone");
  await assert.rejects(
    client.send(1, "nobody"),
    (error) => error instanceof RpcDisconnected && !error.mayHaveRun && /nobody\.mailbox/.test(error.message),
  );
});

test("names and options that are wrong are refused with what is right", async (t) => {
  const client = await mailbox(t, "memory:strict");
  for (const name of ["", "../up", "a b", "tcp://", "x".repeat(65)])
    await assert.rejects(client.send(1, name), { code: "MAILBOX_BAD_NAME" }, name);
  for (const name of [undefined, null, 5, {}, [], client]) {
    const refused = { name: "TypeError", message: /^the name of a mailbox is .*; give a string$/ };
    await assert.rejects(client.send(1, name as string), refused);
    await assert.rejects(client.ended(name as string), refused);
    await assert.rejects(openMailbox(name as string, { type: int }), refused);
  }
  await assert.rejects(client.send(1, "memory:strict", { until: "later" as "sent" }), /options\.until/);
  await assert.rejects(client.send(1, "memory:strict", { until: "sent", wait: false }), /options\.wait/);
  await assert.rejects(client.receive({ form: "x" } as object), /options\.form .*from/);
  await assert.rejects(openMailbox("memory:untyped", {} as MailboxOptions<number>), /options\.type is missing/);
  await assert.rejects(openMailbox("memory:strict", { type: int }), { code: "TRANSPORT_LISTEN_FAILED" });
});

test("a receive that is aborted or takes too long loses no message", async (t) => {
  const [server, client] = await pair(t);
  const controller = new AbortController();
  const aborted = server.receive({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(aborted, RpcCancelled);
  await assert.rejects(server.receive({ signal: controller.signal }), RpcCancelled);
  await assert.rejects(server.receive({ timeout: 1 }), RpcTimeout);
  await client.send(5, server.url);
  assert.equal(server.tryReceive()?.message, 5);
});

test("closing tells receivers, senders that wait, watchers and iterators, and how much nobody has received", async (t) => {
  const [server, client] = await pair(t);
  const ended = client.ended(server.url);
  const blocked = client.send(1, server.url, { until: "delivered" });
  await client.send(2, server.url);
  const refused = assert.rejects(blocked, { code: "MAILBOX_CLOSED", mayHaveRun: false });
  assert.equal(await server.close(), 2);
  await Promise.all([refused, ended]);
  await assert.rejects(server.receive(), { code: "MAILBOX_CLOSED" });
  const seen: number[] = [];
  for await (const { message } of server) seen.push(message);
  assert.deepEqual(seen, []);
  await assert.rejects(client.ended("memory:never-there"), RpcDisconnected);
});

test("localhost names the sender that was opened as localhost, or at its address", async (t) => {
  const [server, client] = await pair(t, () => "tcp://localhost:0");
  await client.send(1, server.url);
  await client.send(2, server.url);
  const { port } = new URL(client.url);
  assert.equal(server.tryReceive({ from: `tcp://localhost:${port}` })?.message, 1);
  assert.equal(server.tryReceive({ from: `tcp://127.0.0.1:${port}` })?.message, 2);
});

test("a mailbox at a relative path is found under its name from other working directories", async (t) => {
  const path = join(folder, "relative.sock");
  const client = await mailbox(t, `unix:${relative(process.cwd(), path)}`);
  assert.equal(client.name, `unix:${path}`);
  const server = await mailbox(t, "memory:elsewhere");
  await client.send(1, server.url);
  assert.equal(server.tryReceive({ from: `unix:${relative(process.cwd(), path)}` })?.from, `unix:${path}`);
});

test("a closed mailbox sends nothing, waits for no end of another one, and opens no connection", async (t) => {
  const [server, client] = await pair(t, () => "tcp://127.0.0.1:0");
  await client.send(1, server.url);
  await client.close();
  for (const until of ["sent", "queued", "delivered"] as const)
    await assert.rejects(client.send(2, server.url, { until }), {
      code: "MAILBOX_CLOSED",
      mayHaveRun: false,
      message: `the mailbox "${client.name}" is closed`,
    });
  await assert.rejects(client.ended(server.url), { code: "MAILBOX_CLOSED" });
  assert.equal(server.unread, 1);
});

test("over UDP the end of a mailbox that is not there is an error, and that of one that ends is none", async (t) => {
  const [server, client] = await pair(t, () => "udp://127.0.0.1:0");
  const ended = client.ended(server.url);
  await client.send(1, server.url);
  await server.close();
  await ended;
  await assert.rejects(client.ended(server.url), RpcDisconnected);
});

for (const [kind, address] of Object.entries(addresses)) {
  test(`a mailbox ${kind} that waits for the end of another one is closed at once`, async (t) => {
    const [server, client] = await pair(t, address);
    const waiting = assert.rejects(client.ended(server.url), { code: "MAILBOX_CLOSED" });
    await client.send(1, server.url);
    // With this drain, nothing else ends the wait.
    await client.close({ drain: 3_600_000 });
    await waiting;
  });
}

test("a mailbox is an async iterable of what arrives", async (t) => {
  const [server, client] = await pair(t);
  for (const number of [1, 2, 3]) await client.send(number, server.url);
  const seen: number[] = [];
  for await (const { message } of server) if (seen.push(message) === 3) break;
  assert.deepEqual(seen, [1, 2, 3]);
});

test("the oldest connection is closed for a new correspondent, and opened again when it is needed", async (t) => {
  const client = await mailbox(t, "memory:many", { correspondents: 2 });
  const others = await Promise.all([1, 2, 3].map(() => mailbox(t, "tcp://127.0.0.1:0")));
  for (let round = 0; round < 2; round++) for (const other of others) await client.send(round, other.url);
  assert.deepEqual(
    others.map(({ unread }) => unread),
    [2, 2, 2],
  );
});

for (const kind of ["of this process", "of this machine", "over TCP"] as const) {
  const address = addresses[kind];
  test(`a connection ${kind} on which a call waits is not closed for a new correspondent`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const client = await mailbox(t, address(), { correspondents: 1 });
    const [watched, full, ...others] = await Promise.all([1, 2, 3, 4].map(() => mailbox(t, address())));
    assert.ok(watched !== undefined && full !== undefined);
    let hasEnded = false;
    const ended = client.ended(watched.url).then(() => (hasEnded = true));
    const delivered = client.send(1, full.url, { until: "delivered" });
    for (const other of others) await client.send(1, other.url);
    // Longer than a connection that is to be closed has for its calls.
    t.mock.timers.tick(20_000);
    await client.send(2, others[0]?.url as string);
    assert.equal(hasEnded, false);
    assert.equal((await full.receive()).message, 1);
    await delivered;
    await watched.close();
    await ended;
  });
}

test("messages without a reply arrive in order also if their connection is the oldest", async (t) => {
  const client = await mailbox(t, "memory:order", { correspondents: 1 });
  const [full, other] = [await mailbox(t, "tcp://127.0.0.1:0", { messages: 1 }), await mailbox(t, "tcp://127.0.0.1:0")];
  for (let i = 0; i < 20; i++) await client.send(i, full.url, { until: "sent" });
  await client.send(0, other.url);
  const last = client.send(20, full.url);
  for (let i = 0; i <= 20; i++) assert.equal((await full.receive()).message, i);
  await last;
});

test("senders that leave messages to a full mailbox and go fill it at most a second time", async (t) => {
  const server = await mailbox(t, "tcp://127.0.0.1:0", { messages: 10 });
  // Ten of the first visitor, two of later ones, and ten that were left behind.
  const most = 22;
  for (let round = 0; round < 5; round++) {
    const before = server.unread;
    const visitor = await openMailbox("tcp://127.0.0.1:0", { type: int });
    const settled = Promise.allSettled(Array.from({ length: 20 }, (_, i) => visitor.send(i, server.url)));
    while (server.unread < before + 20) await new Promise(setImmediate);
    await visitor.close({ drain: 0 });
    await settled;
    while (server.unread > most) await new Promise(setImmediate);
  }
  assert.equal(server.unread, most);
  let received = 0;
  while (server.tryReceive() !== undefined) received++;
  assert.equal(received, most);
});

test("a sender that floods a mailbox does not keep others of its machine from sending", async (t) => {
  const server = await mailbox(t, "tcp://127.0.0.1:0", { messages: 100 });
  const [flooder, other, third] = await Promise.all([
    mailbox(t, "tcp://127.0.0.1:0"),
    mailbox(t, "tcp://127.0.0.1:0"),
    mailbox(t, "tcp://127.0.0.1:0"),
  ]);
  const flood = Array.from({ length: 500 }, (_, i) => flooder.send(i, server.url));
  while (server.unread < 500) await new Promise(setImmediate);
  await assert.rejects(flooder.send(0, server.url, { wait: false }), { code: "MAILBOX_FULL", mayHaveRun: false });
  for (let i = 0; i < 20; i++) await other.send(1_000 + i, server.url, { wait: false });
  await assert.rejects(other.send(0, server.url, { wait: false }), { code: "MAILBOX_FULL" });
  await third.send(2_000, server.url, { wait: false });
  const received: number[] = [];
  while (server.unread > 0) received.push((await server.receive()).message);
  await Promise.all(flood);
  // Behind what was in the mailbox, not behind all that waited.
  assert.ok(received.indexOf(2_000) <= 120, String(received.indexOf(2_000)));
  const inOrder = received.filter((one) => one < 1_000);
  assert.deepEqual(
    inOrder,
    Array.from({ length: 500 }, (_, i) => i),
  );
});

test("over UDP the answer of a mailbox is about one copy of the message, and others may have arrived", async (t) => {
  const server = await mailbox(t, "udp://127.0.0.1:0", { messages: 1 });
  const client = await mailbox(t, "udp://127.0.0.1:0");
  await client.send(1, server.url);
  await assert.rejects(client.send(2, server.url, { wait: false }), { code: "MAILBOX_FULL", mayHaveRun: true });
  const overTcp = await mailbox(t, "tcp://127.0.0.1:0", { messages: 1 });
  await client.send(1, overTcp.url);
  await assert.rejects(client.send(2, overTcp.url, { wait: false }), { code: "MAILBOX_FULL", mayHaveRun: false });
});

test("a name that cannot be opened is refused with what can be", async () => {
  const bad = (name: string, message: RegExp) =>
    assert.rejects(openMailbox(name, { type: int }), { name: "MailboxError", code: "MAILBOX_BAD_NAME", message });
  await bad("tls://127.0.0.1:0", /has no TLS of its own; use tcp:/);
  await bad("amqp://host/x", /the scheme amqp: is not known.*tcp:\/\/host:port.*dir:\/mail\/printer.*nats:/);
  await bad("tcp://127.0.0.1", /the port is missing/);
  await bad("127.0.0.1:4000", /begins with a letter or digit; or use tcp:\/\/host:port/);
  await assert.rejects(openMailbox("memory:none", { type: int, messages: 0 }), /options\.messages is 0/);
});
