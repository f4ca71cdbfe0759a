import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReplyKey } from "../server/reply-cache.js";
import { type asked_answer, asked_decision as Decision, asked_kind as Kind } from "./shared-replies.gen.js";
import { type ReplyQuestion, SharedReplies } from "./shared-replies.js";

const key = (xid: number): ReplyKey => {
  const caller = { id: "one", host: "h", remote: { kind: "memory", name: "" }, netid: "", identity: { flavor: 0 } };
  return { caller, xid, program: 1, version: 1, procedure: 1, length: 0, checksum: 0, oneWay: false } as ReplyKey;
};

const isNew = (call: number): asked_answer => ({ call, decision: Decision.ASKED_NEW, outcome: new Uint8Array() });

/** A worker's cache, what it asked, and what it did to the reading of datagrams. */
function worker() {
  const asked: ReplyQuestion[] = [];
  const reading: string[] = [];
  const replies = new SharedReplies(true, (questions) => void asked.push(...questions));
  replies.slows({ fd: 4, recvStart: () => void reading.push("start"), recvStop: () => void reading.push("stop") });
  return { asked, reading, replies };
}

test("a worker that waits for eight decisions leaves further datagrams of a burst to other workers", async () => {
  const { asked, reading, replies } = worker();
  const begun = Array.from({ length: 7 }, (_, xid) => replies.begin(key(xid)));
  assert.deepEqual(reading, []);
  begun.push(replies.begin(key(7)), replies.begin(key(8)));
  assert.deepEqual(reading, ["stop"]);
  await new Promise(setImmediate);
  assert.equal(asked.length, 9);
  replies.answered([isNew(0)]);
  assert.deepEqual(reading, ["stop"]);
  replies.answered([isNew(1)]);
  assert.deepEqual(reading, ["stop", "start"]);
  replies.answered(Array.from({ length: 7 }, (_, i) => isNew(i + 2)));
  assert.deepEqual(new Set((await Promise.all(begun)).map(({ kind }) => kind)), new Set(["new"]));
  assert.deepEqual(reading, ["stop", "start"]);
});

test("the outcome that is sent is the reply's, although its buffer has the next reply by then", async () => {
  const { asked, replies } = worker();
  const buffer = Buffer.from([0, 0, 1, 2, 3, 4]);
  replies.storeCopy(5, buffer, 2, 6);
  buffer.fill(9);
  await new Promise(setImmediate);
  assert.deepEqual(asked, [{ kind: Kind.ASKED_STORE, store: { call: 5, outcome: Uint8Array.of(1, 2, 3, 4) } }]);
});
