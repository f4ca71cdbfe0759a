import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { adder, adding, RawEnd } from "../rpc/adder.test-support.js";
import { FakeClock } from "../testing/index.js";
import { memoryPair } from "../transport/memory.js";
import { memoryReplyCache } from "./memory-reply-cache.js";
import type { ReplyCache, ReplyKey } from "./reply-cache.js";
import { Server } from "./server.js";

const call: ReplyKey = {
  remote: { kind: "udp", host: "127.0.0.1", port: 700 },
  netid: "udp",
  identity: { flavor: 1, sys: { stamp: 1, machineName: "a", uid: 1, gid: 2, gids: [3] } },
  xid: 7,
  program: 0x12345,
  version: 1,
  procedure: 1,
  args: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2),
  oneWay: false,
};

function finish(cache: ReplyCache, key: ReplyKey, outcome = Uint8Array.of(1)): void {
  const begun = cache.begin(key);
  assert.ok(begun.kind === "new");
  cache.store(begun.entry, outcome);
}

test("a copy of a call that runs is dropped, and one of a call that has ended gets its reply", () => {
  const cache = memoryReplyCache();
  const begun = cache.begin(call);
  assert.ok(begun.kind === "new");
  assert.deepEqual(cache.begin({ ...call, args: Uint8Array.from(call.args) }), { kind: "busy" });
  cache.store(begun.entry, Uint8Array.of(9));
  assert.deepEqual(cache.begin(call), { kind: "done", outcome: Uint8Array.of(9) });
});

test("a call that was forgotten runs again", () => {
  const cache = memoryReplyCache();
  const begun = cache.begin(call);
  assert.ok(begun.kind === "new");
  cache.forget(begun.entry);
  assert.equal(cache.begin(call).kind, "new");
});

test("no caller gets the reply of another, nor the reply to other arguments", () => {
  const others: Partial<ReplyKey>[] = [
    { remote: { kind: "udp", host: "127.0.0.1", port: 701 } },
    { remote: { kind: "udp", host: "127.0.0.2", port: 700 } },
    { netid: "tcp" },
    { identity: { flavor: 0 } },
    { identity: { flavor: 1, sys: { stamp: 1, machineName: "a", uid: 0, gid: 2, gids: [3] } } },
    { identity: { flavor: 6, principal: "somebody" } },
    { xid: 8 },
    { program: 0x12346 },
    { version: 2 },
    { procedure: 2 },
    { args: Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 1) },
    { args: Uint8Array.of() },
  ];
  const cache = memoryReplyCache();
  finish(cache, call);
  for (const other of others) assert.equal(cache.begin({ ...call, ...other }).kind, "new", JSON.stringify(other));
});

test("arguments that differ in one byte have other checksums", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (args, at, change) => {
      const cache = memoryReplyCache();
      finish(cache, { ...call, args });
      const other = Uint8Array.from(args);
      other[at % args.length] = (other[at % args.length] ?? 0) ^ change;
      assert.equal(cache.begin({ ...call, args: other }).kind, "new");
    }),
  );
});

test("the oldest reply makes room, by number and by bytes, and each is kept for its age", () => {
  const clock = new FakeClock();
  const few = memoryReplyCache({ entries: 3, clock });
  for (let xid = 0; xid < 10; xid++) finish(few, { ...call, xid });
  const known = (cache: ReplyCache) => Array.from({ length: 10 }, (_, xid) => cache.begin({ ...call, xid }).kind);
  assert.deepEqual(known(few).slice(6), ["new", "done", "done", "done"]);
  const small = memoryReplyCache({ bytes: 10_000, clock });
  for (let xid = 0; xid < 10; xid++) finish(small, { ...call, xid }, new Uint8Array(4_000));
  assert.deepEqual(known(small).slice(7), ["new", "done", "done"]);
  const brief = memoryReplyCache({ age: 1_000, clock });
  finish(brief, call);
  clock.advance(999);
  assert.equal(brief.begin(call).kind, "done");
  clock.advance(1);
  assert.equal(brief.begin(call).kind, "new");
});

test("options that do not exist or are invalid are refused", () => {
  assert.throws(() => memoryReplyCache({ age: -1 }), /options\.age/);
  assert.throws(() => memoryReplyCache({ size: 1 } as object), /options\.size is not an option/);
});

for (const reliable of [false, true]) {
  test(`a server runs a repeated call once, over ${reliable ? "streams" : "datagrams"}`, async () => {
    let runs = 0;
    let answer = (_sum: number): void => {};
    const add = (): Promise<number> => {
      runs++;
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    const server = new Server({ replyCache: memoryReplyCache() }).implement(adder, adding({ add }));
    const [near, far] = memoryPair({ reliable });
    server.accept(far);
    const end = new RawEnd(near);
    const noAuth = "00000000 00000000";
    const callAdd = (xid: string): string =>
      `${xid} 00000000 00000002 23451111 00000001 00000001 ${noAuth} ${noAuth} 00000001 00000002`;
    const reply = (xid: string): string => `${xid} 00000001 00000000 ${noAuth} 00000000 00000003`;
    end.send(callAdd("00000007"));
    end.send(callAdd("00000007"));
    const first = end.next();
    while (runs === 0) await new Promise(setImmediate);
    answer(3);
    assert.equal(await first, reply("00000007"));
    end.send(callAdd("00000007"));
    assert.equal(await end.next(), reply("00000007"));
    assert.equal(runs, 1);
    const next = end.next();
    end.send(callAdd("00000008"));
    while (runs === 1) await new Promise(setImmediate);
    answer(3);
    assert.equal(await next, reply("00000008"));
    assert.equal(runs, 2);
  });
}
