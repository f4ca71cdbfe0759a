import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import { RpcTimeout } from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { ending } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import type { ServerOptions } from "./options.js";
import type { ReplyCache, ReplyKey } from "./reply-cache.js";
import { Server } from "./server.js";
import { silence } from "./silence.js";

/** Negative numbers get no answer: at once with `add`, after a while with `later`. */
function quiet(options: ServerOptions = {}) {
  const told: unknown[] = [];
  const tell = (what: unknown): void => void told.push(what);
  const server = new Server({ onError: tell, ...options });
  server.implement(
    adder,
    adding({
      add: ({ a, b }: { a: number; b: number }) => {
        if (a < 0) throw silence();
        return a + b;
      },
      later: async (value: number) => {
        if (value < 0) throw silence();
        return value;
      },
    }),
  );
  const [near, far] = memoryPair();
  server.accept(far);
  const clock = new FakeClock();
  return { peer: new Peer(near, { clock }), server, told, clock };
}

/** Calls without an answer: their time passes when all answers have had theirs. */
async function timeOut(clock: FakeClock, ...calls: Promise<unknown>[]): Promise<void> {
  const ends = calls.map((one) => assert.rejects(one, RpcTimeout));
  await clock.run(60_000);
  await Promise.all(ends);
}

test("a call whose handler throws silence gets no reply, and those after it get theirs", async () => {
  const { peer, server, told, clock } = quiet();
  const calls = [call(peer, "add", [{ a: -1, b: 0 }]), call(peer, "later", [-1])];
  assert.equal(await call(peer, "add", [{ a: 1, b: 2 }]), 3);
  assert.equal(await call(peer, "later", [4]), 4);
  await timeOut(clock, ...calls);
  assert.deepEqual(told, [], "nothing is wrong with it");
  await server.close();
});

test("a silent call does not count as running: neither the next calls nor closing wait for it", async () => {
  const { peer, server, clock } = quiet({ limits: { callsInFlight: 1 } });
  for (let i = 0; i < 5; i++) await timeOut(clock, call(peer, "later", [-1]));
  assert.equal(await call(peer, "later", [7]), 7);
  await ending(server.close({ drain: 600_000 }), "the server to close");
});

test("a silent call is forgotten by the reply cache, so that a repetition runs", async () => {
  const running = new Set<number>();
  const forgotten: unknown[] = [];
  const cache: ReplyCache = {
    begin({ xid }: ReplyKey) {
      running.add(xid);
      return { kind: "new", entry: xid };
    },
    store: (entry) => void running.delete(entry as number),
    forget: (entry) => void forgotten.push(entry),
  };
  const { peer, server, clock } = quiet({ replyCache: cache });
  await timeOut(clock, call(peer, "add", [{ a: -1, b: 0 }]), call(peer, "later", [-1]));
  assert.deepEqual(forgotten, [...running]);
  assert.equal(forgotten.length, 2);
  await server.close();
});
