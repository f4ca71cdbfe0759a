// Calls of one slot whose headers differ, after some that had the same: each is served as if it were the first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClientWith } from "../client/create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/server.js";
import { MemoryNetwork } from "../testing/index.js";
import { serveSessions } from "./index.js";
import { SESSION_VERS } from "./session.gen.js";

const none = [0, 0];
const usual = [0, 2, adder.number, 1, 1, ...none, ...none];
/** AUTH_SYS: a stamp, an empty name, uid 7, gid 8, no more groups. */
const sys = [1, 20, 0, 0, 7, 8, 0];

function messageOf(words: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(words.length * 4);
  for (const [at, word] of words.entries()) new DataView(bytes.buffer).setUint32(at * 4, word);
  return bytes;
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4));
}

const accepted = [1, 0, ...none];

test("a header that differs in any word from those before it in its slot is read anew", async () => {
  const network = new MemoryNetwork();
  const uids: unknown[] = [];
  const add = (
    { a, b }: { a: number; b: number },
    { identity }: { identity: { sys?: { uid: number } | undefined } },
  ) => {
    uids.push(identity.sys?.uid);
    return a + b;
  };
  await using server = new Server({ onError: () => undefined }).implement(adder, adding({ add }));
  const sessions = serveSessions(server);
  await server.listen("memory:add", { network });
  await using raw = createClientWith({}, SESSION_VERS, "memory:add", { connection: { network } });
  const made = await raw.create({ slots: 1 });
  assert.ok(made.status === 0);
  let sequence = 0;
  const replyTo = async (...words: readonly number[]): Promise<number[]> => {
    sequence++;
    const message = messageOf([sequence + 100, ...words]);
    const answer = await raw.call({ id: made.grant.id, slot: 0, sequence, settled: sequence - 1, message });
    assert.ok(answer.status === 0);
    const [xid, ...rest] = wordsOf(answer.message);
    assert.equal(xid, sequence + 100);
    return rest;
  };
  const others: [words: number[], reply: number[]][] = [
    [
      [0, 3, ...usual.slice(2), 1, 2],
      [1, 1, 0, 2, 2],
    ],
    [
      [0, 2, 99, 1, 1, ...none, ...none, 1, 2],
      [...accepted, 1],
    ],
    [
      [0, 2, adder.number, 9, 1, ...none, ...none, 1, 2],
      [...accepted, 2, 1, 1],
    ],
    [
      [0, 2, adder.number, 1, 99, ...none, ...none, 1, 2],
      [...accepted, 3],
    ],
    [
      [...usual, 1],
      [...accepted, 4],
    ],
    [
      [...usual, 1, 2, 3],
      [...accepted, 4],
    ],
    [
      [0, 2, adder.number, 1, 1, ...sys, ...none, 1, 2],
      [...accepted, 0, 3],
    ],
    [
      [0, 2, adder.number, 1, 1, 77, 0, ...none, 1, 2],
      [1, 1, 1, 2],
    ],
    [
      [0, 2, adder.number, 1, 0, ...none, ...none],
      [...accepted, 0],
    ],
  ];
  for (const [words, reply] of others) {
    for (let same = 0; same < 3; same++) assert.deepEqual(await replyTo(...usual, 4, 5), [...accepted, 0, 9]);
    for (let same = 0; same < 2; same++) assert.deepEqual(await replyTo(...words), reply, words.join(" "));
  }
  assert.deepEqual([uids.filter((uid) => uid === 7).length, uids.filter((uid) => uid === undefined).length], [2, 27]);
  assert.equal(sessions.stats.runs, others.length * 5);
});
