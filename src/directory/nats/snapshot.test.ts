// Reading a bucket in which entries are renewed at the same time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { turns } from "../../testing/waiting.test-support.js";
import type { Messages } from "./link.js";
import type { Message } from "./packages.js";
import { readLast } from "./snapshot.js";

const created = Date.parse("2026-01-01T00:00:00Z");

/** A consumer of two entries, and a way to deliver a message to it. */
function consumer() {
  let take = (_message: Message): void => {};
  const made = { created: new Date(created).toISOString(), num_pending: 2, delivered: { consumer_seq: 0 } };
  const nats = {
    subscribe: (_subject: string, { callback }: { callback(error: Error | null, message: Message): void }) => {
      take = (message) => callback(null, message);
      return { unsubscribe() {} };
    },
    request: async () => ({ json: () => made }),
    publish() {},
    isClosed: () => false,
  } as unknown as Messages;
  let sequence = 0;
  /** `at`: milliseconds between the creation of the consumer and the storing of the message. */
  const deliver = (subject: string, at: number, pending: number): void => {
    const reply = `$JS.ACK.s.c.1.${++sequence}.${sequence}.${created + at}000000.${pending}`;
    take({ subject, reply, data: new Uint8Array(0), json: () => undefined });
  };
  return { nats, deliver };
}

test("a read ends although a message was replaced while it was read, so that the count of pending ones is too high", async () => {
  const { nats, deliver } = consumer();
  const subjects: string[] = [];
  const what = { stream: "s", filter: "a.*", inbox: "i", timeout: 60_000 };
  let isOver = false;
  const reading = readLast(nats, what, (subject) => subjects.push(subject)).then(() => {
    isOver = true;
  });
  await turns();
  deliver("a.one", -100, 1);
  // Replaces the second entry.
  deliver("a.two", 1, 1);
  deliver("a.one", 100, 1);
  await turns();
  assert.equal(isOver, false, "the second entry may be still to come");
  deliver("a.one", 600, 1);
  await reading;
  assert.deepEqual(subjects, ["a.one", "a.two", "a.one", "a.one"]);
});

test("a read does not end early because the clock of another server of the cluster is ahead", async () => {
  const { nats, deliver } = consumer();
  const subjects: string[] = [];
  const what = { stream: "s", filter: "a.*", inbox: "i", timeout: 60_000 };
  const reading = readLast(nats, what, (subject) => subjects.push(subject));
  await turns();
  deliver("a.one", 2_000, 1);
  deliver("a.two", 2_000, 0);
  await reading;
  assert.deepEqual(subjects, ["a.one", "a.two"]);
});
