import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../rpc/auth.js";
import { countOf } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { FakeClock } from "../testing/index.js";
import { type CallerKey, Callers, checksum } from "./caller-key.js";
import { loadRepliesInMemory, memoryReplyCache } from "./memory-reply-cache.js";
import { OutcomeBlocks } from "./outcome-blocks.js";
import type { ReplyCache, ReplyKey, ReplyVerdict } from "./reply-cache.js";

await loadRepliesInMemory();

const sys = { stamp: 1, machineName: "a", uid: 1, gid: 2, gids: [3] };
const caller = from("udp", 700, { flavor: 1, sys });

const call: ReplyKey = {
  caller,
  xid: 7,
  program: 0x12345,
  version: 1,
  procedure: 1,
  length: 8,
  checksum: 77,
  oneWay: false,
};

function from(kind: "tcp" | "udp", port: number, identity: Identity, host = "127.0.0.1"): CallerKey {
  return new Callers({ kind, host, port }, kind).keyOf(identity);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function begin(cache: ReplyCache, key: ReplyKey): ReplyVerdict {
  const verdict = cache.begin(key);
  assert.ok(!(verdict instanceof Promise), "a cache in memory decides at once");
  return verdict;
}

function finish(cache: ReplyCache, key: ReplyKey, outcome = Uint8Array.of(1)): void {
  const begun = begin(cache, key);
  assert.ok(begun.kind === "new");
  cache.store(begun.entry, outcome);
}

test("a copy of a call that runs waits for its outcome, and one of a call that has ended gets it", async () => {
  const cache = memoryReplyCache();
  const begun = begin(cache, call);
  assert.ok(begun.kind === "new");
  const copies = [begin(cache, { ...call }), begin(cache, call)];
  cache.store(begun.entry, Uint8Array.of(9));
  for (const copy of copies) {
    assert.ok(copy.kind === "running");
    assert.deepEqual(await copy.outcome, Uint8Array.of(9));
  }
  assert.deepEqual(begin(cache, call), { kind: "done", outcome: Uint8Array.of(9) });
});

test("a call that was forgotten runs again, and its copies get nothing", async () => {
  const cache = memoryReplyCache();
  const begun = begin(cache, call);
  assert.ok(begun.kind === "new");
  const copy = begin(cache, call);
  cache.forget(begun.entry);
  assert.ok(copy.kind === "running");
  assert.equal(await copy.outcome, undefined);
  assert.equal(begin(cache, call).kind, "new");
});

test("no caller gets the reply of another, nor that of another procedure", () => {
  const others: Partial<ReplyKey>[] = [
    { caller: from("udp", 701, caller.identity) },
    { caller: from("udp", 700, caller.identity, "127.0.0.2") },
    { caller: from("tcp", 700, caller.identity) },
    { caller: from("udp", 700, { flavor: 0 }) },
    { caller: from("udp", 700, { flavor: 1, sys: { ...sys, uid: 0 } }) },
    { caller: from("udp", 700, { flavor: 6, principal: "somebody" }) },
    { caller: from("udp", 700, { flavor: 6, session: "somebody's" }) },
    { xid: 8 },
    { program: 0x12346 },
    { version: 2 },
    { procedure: 2 },
  ];
  const cache = memoryReplyCache();
  finish(cache, call);
  for (const other of others) assert.equal(begin(cache, { ...call, ...other }).kind, "new", JSON.stringify(other));
  const stamped = from("udp", 700, { flavor: 1, sys: { ...sys, stamp: 2 } });
  assert.equal(begin(cache, { ...call, caller: stamped }).kind, "done", "a new stamp is the same caller");
});

test("the same transaction id with other arguments is a false retry, while the call runs and later", () => {
  const cache = memoryReplyCache();
  const begun = begin(cache, call);
  const others = [
    { ...call, length: 4 },
    { ...call, checksum: 78 },
  ];
  for (const other of others) assert.equal(begin(cache, other).kind, "false-retry");
  assert.ok(begun.kind === "new");
  cache.store(begun.entry, Uint8Array.of(1));
  for (const other of others) assert.equal(begin(cache, other).kind, "false-retry");
  assert.equal(begin(cache, call).kind, "done");
});

test("a session is one caller, from wherever its calls come", () => {
  const cache = memoryReplyCache();
  const identity = { flavor: 6, session: "s" };
  finish(cache, { ...call, caller: from("tcp", 700, identity) });
  assert.equal(begin(cache, { ...call, caller: from("udp", 9, identity, "::1") }).kind, "done");
  const others = [
    { flavor: 6, session: "t" },
    { flavor: 7, session: "s" },
  ];
  for (const other of others) assert.equal(begin(cache, { ...call, caller: from("tcp", 700, other) }).kind, "new");
});

test("two connections without a port are two callers", () => {
  const keys = [1, 2].map(() => new Callers({ kind: "unix", path: "" }, "local").keyOf({ flavor: 0 }).id);
  assert.notEqual(keys[0], keys[1]);
});

test("arguments that differ in one word have other checksums, and nothing beside them counts", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (args, at, change) => {
      const inside = Uint8Array.of(change, ...args, change);
      const sum = checksum(viewOf(inside), 1, inside.length - 1);
      assert.equal(checksum(viewOf(args), 0, args.length), sum);
      const other = Uint8Array.from(args);
      other[at % args.length] = (other[at % args.length] ?? 0) ^ change;
      assert.notEqual(checksum(viewOf(other), 0, other.length), sum);
    }),
  );
});

const known = (cache: ReplyCache, key = call) =>
  Array.from({ length: 10 }, (_, xid) => begin(cache, { ...key, xid }).kind);

test("the oldest reply makes room, by number and by bytes, and each is kept for its age", () => {
  const clock = new FakeClock();
  const few = memoryReplyCache({ entries: 3, clock });
  for (let xid = 0; xid < 10; xid++) finish(few, { ...call, xid });
  assert.deepEqual(known(few).slice(6), ["new", "done", "done", "done"]);
  const small = memoryReplyCache({ bytes: 10_000, clock });
  for (let xid = 0; xid < 10; xid++) finish(small, { ...call, xid }, new Uint8Array(4_000));
  assert.deepEqual(known(small).slice(7), ["new", "done", "done"]);
  const brief = memoryReplyCache({ age: 1_000, clock });
  finish(brief, call);
  clock.advance(999);
  assert.equal(begin(brief, call).kind, "done");
  clock.advance(1);
  assert.equal(begin(brief, call).kind, "new");
});

test("an address that floods the cache drives out its own replies, not those of others", () => {
  const cache = memoryReplyCache({ entries: 100 });
  const honest = { ...call, caller: from("udp", 800, caller.identity, "10.0.0.1") };
  for (let xid = 0; xid < 10; xid++) finish(cache, { ...honest, xid });
  for (let xid = 0; xid < 10_000; xid++) {
    finish(cache, { ...call, xid, caller: from("udp", 1 + (xid % 60_000), caller.identity) });
  }
  assert.deepEqual(known(cache, honest), new Array(10).fill("done"));
});

test("thousands of addresses with a reply each drive out the oldest replies, not those of who calls now", () => {
  const clock = new FakeClock();
  const cache = memoryReplyCache({ entries: 1_000, clock });
  const stranger = (at: number) => from("udp", 700, caller.identity, `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  let next = 0;
  const flood = (count: number): void => {
    for (let i = 0; i < count; i++) finish(cache, { ...call, caller: stranger(next++) });
  };
  flood(5_000);
  const honest = { ...call, caller: from("udp", 800, caller.identity, "192.0.2.1") };
  for (let xid = 0; xid < 10; xid++) {
    finish(cache, { ...honest, xid });
    flood(80);
  }
  assert.deepEqual(known(cache, honest), new Array(10).fill("done"));
  // Calls that run hold no replies, and cost no search.
  for (let at = 0; at < 2_000; at++) begin(cache, { ...call, xid: 9, caller: stranger(at) });
  flood(2_000);
  assert.deepEqual(known(cache, honest), new Array(10).fill("new"));
});

test("among thousands of calls each gets its own outcome, of whatever length", () => {
  const lengths = [0, 1, 63, 64, 65, 128, 1_000, 1_024, 1_025, 5_000];
  const outcomeOf = (at: number) =>
    Uint8Array.from({ length: lengths[(at * 7) % lengths.length] as number }, (_, i) => at + i * 31);
  // Many keys differ in one number only.
  const keyOf = (at: number): ReplyKey => ({
    ...call,
    xid: 0xffff_fff0 + (at % 8),
    procedure: (at >> 3) % 8,
    version: (at >> 6) % 8,
    program: 0xffff_fff0 + ((at >> 9) % 4),
    caller: from("udp", 700 + (at >> 11), caller.identity),
    checksum: at * 2 ** 40,
  });
  const clock = new FakeClock();
  const calls = countOf(5_000, 1_000);
  const cache = memoryReplyCache({ entries: (calls * 3) / 10, age: 10_000, clock });
  for (let at = 0; at < calls; at++) {
    clock.advance(1);
    if (at % 10 === 0) {
      const begun = begin(cache, keyOf(at));
      assert.ok(begun.kind === "new");
      cache.forget(begun.entry);
    } else finish(cache, keyOf(at), outcomeOf(at));
  }
  let known = 0;
  for (let at = 0; at < calls; at++) {
    const verdict = begin(cache, keyOf(at));
    if (verdict.kind === "done") {
      known++;
      assert.deepEqual(verdict.outcome, outcomeOf(at), `call ${at}`);
      assert.equal(begin(cache, { ...keyOf(at), checksum: at * 2 ** 40 + 1 }).kind, "false-retry");
    } else {
      assert.ok(verdict.kind === "new");
      cache.forget(verdict.entry);
    }
  }
  assert.equal(known, (calls * 3) / 10);
});

test("the memory of outcomes that are removed is used again", () => {
  const blocks = new OutcomeBlocks();
  const kept = Array.from({ length: 100 }, () => blocks.add(new Uint8Array(1_000), 0, 1_000));
  const { allocated } = blocks;
  for (let round = 0; round < 100; round++) {
    for (const first of kept.splice(0, 50)) blocks.remove(first);
    for (let i = 0; i < 50; i++) kept.push(blocks.add(new Uint8Array(1_000), 0, 1_000));
  }
  assert.equal(blocks.allocated, allocated);
  assert.ok(allocated < 500_000, `${allocated} bytes for 100,000`);
});

test("the age of each reply counts from the end of its call", () => {
  const clock = new FakeClock();
  const cache = memoryReplyCache({ age: 1_000, clock });
  const begun = begin(cache, call);
  assert.ok(begun.kind === "new");
  clock.advance(5_000);
  assert.equal(begin(cache, call).kind, "running");
  cache.store(begun.entry, Uint8Array.of(1));
  clock.advance(999);
  assert.equal(begin(cache, call).kind, "done");
});

test("options that do not exist or are invalid are refused", () => {
  assert.throws(() => memoryReplyCache({ age: -1 }), /options\.age/);
  assert.throws(() => memoryReplyCache({ size: 1 } as object), /options\.size is not an option/);
});
