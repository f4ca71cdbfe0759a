import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../../xdr/index.js";
import { mail_envelope } from "../mailbox.gen.js";
import { MailConsumer } from "./consumer.js";
import { KeptMessages } from "./kept-messages.js";
import type { MailLink } from "./links.js";
import { MailStream } from "./stream.js";

type Callback = (error: null, message: object) => void;

/** JetStream with one stream. `lost`: requests that it carries out without an answer, by the beginnings of their subjects. */
class FakeJetStream {
  readonly consumers = new Set<string>();
  readonly acknowledged: string[] = [];
  readonly lost: string[] = [];
  #deliver: Callback = () => {};
  readonly mail = {
    link: {
      isClosed: () => false,
      publish: () => {},
      subscribe: (_: string, { callback }: { callback: Callback }) => {
        this.#deliver = callback;
        return { unsubscribe: () => {} };
      },
      request: async (subject: string) => {
        const answer = this.#answer(subject);
        const at = this.lost.findIndex((beginning) => subject.startsWith(beginning));
        if (at < 0) return { json: () => answer };
        this.lost.splice(at, 1);
        throw new Error("timeout");
      },
    },
    nats: { TimeoutError: class extends Error {} },
    servers: "nats://fake",
    replicas: 3,
    over: new AbortController().signal,
    inbox: () => "_INBOX.x",
    onLost: new Set(),
    onReturn: new Set(),
  } as unknown as MailLink;

  #answer(subject: string): object {
    const name = subject.split(".").at(-1) as string;
    if (subject.startsWith("$JS.ACK.")) this.acknowledged.push(subject.split(".")[5] as string);
    else if (subject.startsWith("$JS.API.CONSUMER.NAMES.")) return { consumers: [...this.consumers] };
    else if (subject.startsWith("$JS.API.CONSUMER.INFO.")) return { push_bound: true };
    else if (subject.startsWith("$JS.API.CONSUMER.DELETE.")) this.consumers.delete(name);
    else if (subject.startsWith("$JS.API.CONSUMER.DURABLE.CREATE.")) {
      if (this.consumers.size > 0) return { error: { code: 400, err_code: 10_099, description: "multiple consumers" } };
      this.consumers.add(name);
    }
    return {};
  }

  /** A message of a consumer: its number in the stream, its place in what the consumer has sent, and its id. */
  send(sequence: number, place: number, id: string): void {
    const data = encode(mail_envelope, { from: "", message: new Uint8Array(4) });
    const get = (header: string): string => (header === "Lupine-Id" ? id : "");
    this.#deliver(null, { data, reply: `$JS.ACK.s.c.1.${sequence}.${place}.1.0`, headers: { code: 0, get } });
  }

  beat(sent: number): void {
    const get = (header: string): string => (header === "Nats-Last-Consumer" ? String(sent) : "");
    this.#deliver(null, { data: new Uint8Array(), reply: "", headers: { code: 100, get, has: () => false } });
  }
}

interface Owner {
  readonly fake: FakeJetStream;
  readonly kept: KeptMessages;
  readonly dones: (() => Promise<void>)[];
}

async function withMailbox(use: (owner: Owner) => Promise<void>): Promise<void> {
  const fake = new FakeJetStream();
  const dones: (() => Promise<void>)[] = [];
  const kept = new KeptMessages(fake.mail, new MailStream(fake.mail, "nats://fake/a"), "nats://fake/a", 10, {
    deliver: (_, done) => dones.push(done),
    failed: () => {},
    taken: assert.fail,
  });
  await kept.begin();
  try {
    await use({ fake, kept, dones });
  } finally {
    kept.stop();
  }
}

/** Ends when what has begun with answers of the fake has ended. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a consumer whose making had no answer is not taken for that of another process", async () => {
  const fake = new FakeJetStream();
  const consumer = new MailConsumer(fake.mail, new MailStream(fake.mail, "nats://fake/a"), "nats://fake/a");
  fake.lost.push("$JS.API.CONSUMER.DURABLE.CREATE.");
  await assert.rejects(consumer.deliverTo("_INBOX.1", 1_000), /timeout/);
  await consumer.deliverTo("_INBOX.2", 1_000);
  assert.equal(fake.consumers.size, 1);
  const other = new MailConsumer(fake.mail, new MailStream(fake.mail, "nats://fake/a"), "nats://fake/a");
  await assert.rejects(other.deliverTo("_INBOX.3", 1_000), { code: "TRANSPORT_LISTEN_FAILED" });
});

test("after a message that was lost on its way, a mailbox has all sent again, and passes none on before it", async () => {
  await withMailbox(async ({ fake, dones }) => {
    const [first] = fake.consumers;
    fake.send(1, 1, "a-1");
    fake.send(3, 3, "a-3");
    assert.equal(dones.length, 1);
    await settled();
    assert.equal(fake.consumers.has(first as string), false);
    for (const sequence of [1, 2, 3]) fake.send(sequence, sequence, `a-${sequence}`);
    assert.equal(dones.length, 3);
    const [second] = fake.consumers;
    // The last one of those that JetStream has sent did not arrive.
    fake.beat(3);
    await settled();
    assert.equal(fake.consumers.has(second as string), true);
    fake.beat(4);
    await settled();
    assert.equal(fake.consumers.has(second as string), false);
  });
});

test("a message that its sender has stored twice is received once, and both are acknowledged", async () => {
  await withMailbox(async ({ fake, dones }) => {
    fake.send(1, 1, "a-1");
    fake.send(2, 2, "a-1");
    assert.equal(dones.length, 1);
    assert.deepEqual(fake.acknowledged, []);
    await dones[0]?.();
    await settled();
    assert.deepEqual(fake.acknowledged, ["1", "2"]);
    fake.send(3, 3, "a-1");
    await settled();
    assert.deepEqual([dones.length, fake.acknowledged], [1, ["1", "2", "3"]]);
  });
});

test("a message that waits to be handled is recognised after tens of thousands of others", async () => {
  await withMailbox(async ({ fake, dones }) => {
    const others = 20_001;
    fake.send(1, 1, "a-1");
    for (let at = 2; at <= others; at++) {
      fake.send(at, at, `a-${at}`);
      await dones[at - 1]?.();
    }
    fake.send(others + 1, others + 1, "a-1");
    assert.equal(dones.length, others);
  });
});
