// Senders to durable mailboxes on NATS: many messages on their way, in order, each with its own outcome.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcCancelled, RpcDisconnected, RpcTimeout } from "lupine";
import type { Mailbox } from "lupine/messaging";
import { natsServerMissing } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { startProxy } from "../directory-engines/swallowing-proxy.js";
import { natsMailboxes, streamOf, subjectOf } from "./nats-mailboxes.js";

async function handle(mailbox: Mailbox<number>, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) {
    const received = await mailbox.receive();
    numbers.push(received.message);
    await mailbox.done(received);
  }
  return numbers;
}

peerSuite(natsServerMissing(), () => {
  const mail = natsMailboxes();

  test("many messages to a durable mailbox are on their way at a time, each refused unless it follows the one before", async (t) => {
    const [server, client] = [await mail.open(t, { durable: true }), await mail.open(t)];
    const raw = await mail.connect(t);
    const ids: string[] = [];
    const chained: boolean[] = [];
    raw.subscribe(`${subjectOf(server.name)}.~kept`, {
      callback: (_, { headers }) => {
        chained.push(headers?.get("Nats-Expected-Last-Msg-Id") === ids.at(-1));
        ids.push(headers?.get("Nats-Msg-Id") ?? "");
      },
    });
    await raw.flush();
    await client.send(0, server.name);
    await Promise.all(Array.from({ length: 500 }, (_, i) => client.send(i + 1, server.name)));
    await raw.flush();
    assert.equal(ids.length, 501);
    assert.ok(chained.filter(Boolean).length >= 200, "most were published before the one before was answered");
    assert.deepEqual(
      await handle(server, 501),
      Array.from({ length: 501 }, (_, i) => i),
    );
  });

  test("messages of several senders to a durable mailbox at a time arrive once, in the order of each", async (t) => {
    const server = await mail.open(t, { durable: true });
    const senders = await Promise.all([1, 2, 3].map(() => mail.open(t)));
    const count = 300;
    const sending = senders.flatMap((sender) =>
      Array.from({ length: count }, (_, i) => sender.send(i, server.name, { timeout: 600_000 })),
    );
    const next = new Map(senders.map(({ name }) => [name, 0]));
    for (let left = count * senders.length; left > 0; left--) {
      const received = await server.receive();
      assert.equal(received.message, next.get(received.from));
      next.set(received.from, received.message + 1);
      void server.done(received);
    }
    await Promise.all(sending);
    assert.equal(server.unread, 0);
  });

  test("a full durable mailbox keeps each message that it has stored", async (t) => {
    const [client, raw] = [await mail.open(t), await mail.connect(t)];
    const name = mail.newName();
    const most = 300;
    await (await mail.open(t, { durable: true, messages: most }, name)).close();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, (_, number) => client.send(number, name, { wait: false })),
    );
    const stored = outcomes.flatMap(({ status }, number) => (status === "fulfilled" ? [number] : []));
    assert.equal(stored.length, most);
    assert.deepEqual(await handle(await mail.open(t, { durable: true, messages: most }, name), most), stored);
    // At a limit of bytes, nats-server 2.9 drops messages that it has stored.
    const info = await raw.request(`$JS.API.STREAM.INFO.${streamOf(name)}`, "");
    assert.equal((info.json() as { config: { max_bytes: number } }).config.max_bytes, -1);
  });

  test("a message that a full durable mailbox refuses is reported to its own send, and those after it follow in order", async (t) => {
    const [server, client] = [await mail.open(t, { durable: true, messages: 3 }), await mail.open(t)];
    const outcomes = await Promise.allSettled([
      ...[1, 2, 3].map((number) => client.send(number, server.name)),
      client.send(4, server.name, { wait: false }),
    ]);
    assert.deepEqual(
      outcomes.map((one) => (one.status === "fulfilled" ? "stored" : one.reason.code)),
      ["stored", "stored", "stored", "MAILBOX_FULL"],
    );
    const waiting = [5, 6, 7].map((number) => client.send(number, server.name));
    assert.deepEqual(await handle(server, 6), [1, 2, 3, 5, 6, 7]);
    await Promise.all(waiting);
  });

  test("a message that waits behind others of its sender fails at its own deadline or signal, and is not stored", async (t) => {
    const [server, client] = [await mail.open(t, { durable: true, messages: 1 }), await mail.open(t)];
    await client.send(1, server.name);
    const first = client.send(2, server.name, { timeout: 600_000 });
    const aborting = new AbortController();
    const aborted = client.send(3, server.name, { signal: aborting.signal, timeout: 600_000 });
    const last = client.send(5, server.name, { timeout: 600_000 });
    await assert.rejects(client.send(4, server.name, { timeout: 100 }), (error: RpcTimeout) => {
      return error instanceof RpcTimeout && !error.mayHaveRun && /it has no room/.test(error.message);
    });
    aborting.abort();
    await assert.rejects(aborted, (error: RpcCancelled) => error instanceof RpcCancelled && !error.mayHaveRun);
    assert.deepEqual(await handle(server, 3), [1, 2, 5]);
    await Promise.all([first, last]);
  });

  // Without the report of the receiver, each would take a second.
  test("blocking sends to a durable mailbox learn from the receiver that they are handled", {
    timeout: 60_000,
  }, async (t) => {
    const [server, client] = [await mail.open(t, { durable: true }), await mail.open(t)];
    const raw = await mail.connect(t);
    let questions = 0;
    raw.subscribe(`$JS.API.STREAM.MSG.GET.MAIL_${subjectOf(server.name).replaceAll(".", "=")}`, {
      callback: () => void questions++,
    });
    await raw.flush();
    void handle(server, 100);
    for (let i = 0; i < 100; i++) await client.send(i, server.name, { until: "delivered" });
    await raw.flush();
    assert.ok(questions >= 100, `${questions} questions`);
  });

  test("a blocking send to a durable mailbox fails when its own mailbox is closed", async (t) => {
    const [server, client] = [await mail.open(t, { durable: true }), await mail.open(t)];
    const sending = client.send(1, server.name, { until: "delivered" });
    const failing = assert.rejects(sending, (error: RpcDisconnected) => {
      return error instanceof RpcDisconnected && error.mayHaveRun && /closed before/.test(error.message);
    });
    await server.receive();
    await client.close({ drain: 100 });
    await failing;
  });

  test("while NATS is silent, messages to names that are not known yet fail at their deadline or signal", async (t) => {
    await using proxy = await startProxy(mail.server().port);
    const overProxy = (): string => mail.newName().replace(/:\d+/, `:${proxy.port}`);
    const client = await mail.open(t, {}, overProxy());
    proxy.isSwallowing = true;
    const name = overProxy();
    await assert.rejects(client.send(1, name, { timeout: 50 }), (error: RpcTimeout) => {
      return error instanceof RpcTimeout && !error.mayHaveRun && /NATS did not answer within 50 ms/.test(error.message);
    });
    const aborting = new AbortController();
    const sending = client.send(1, name, { signal: aborting.signal, timeout: 600_000 });
    aborting.abort();
    await assert.rejects(sending, (error: RpcCancelled) => error instanceof RpcCancelled && !error.mayHaveRun);
    proxy.isSwallowing = false;
    await client.close({ drain: 100 });
  });
});
