// What arguments hold that are trees: their nodes count, although no array announces how many there are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import type { Program } from "../rpc/program.js";
import { turns, until } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { oneArgument } from "../xdr/arguments.js";
import { voidType } from "../xdr/primitives.js";
import { type Tree, tree } from "../xdr/tree.test-support.js";
import { Server } from "./server.js";

const hold = { name: "HOLD", number: 1, args: oneArgument(tree), result: voidType } as const;
const program: Program<{ hold: typeof hold }> = {
  name: "TREES",
  number: 0x2345_2222,
  versionName: "TREES_V1",
  version: 1,
  procedures: { hold },
};

const data = new Uint8Array(0);

function balanced(depth: number): Tree | null {
  if (depth === 0) return null;
  const below = balanced(depth - 1);
  return { data, left: below, right: below };
}

test("a call that holds a tree holds the memory of its nodes, and a connection few such calls", async (t) => {
  const ends: (() => void)[] = [];
  const server = new Server({ limits: { bytesInFlight: 128 * 1024 } });
  server.implement(program, { hold: () => new Promise<void>((resolve) => void ends.push(resolve)) });
  const [near, far] = memoryPair();
  server.accept(far);
  const peer = new Peer(near);
  t.after(() => peer.destroy());
  // 1,023 nodes are 12 KiB on the wire, and about 250 KiB in memory.
  const args = [balanced(10)];
  const calls = Array.from({ length: 10 }, () => peer.call({ program, procedure: hold, args, options: {} }));
  await until(
    () => ends.length > 0,
    () => "a call to run",
  );
  await turns(20);
  assert.ok(ends.length <= 2, `${ends.length} calls run`);
  assert.ok(server.usage.bytes >= 1_023 * 200, `${server.usage.bytes} bytes`);
  let isDone = false;
  const all = Promise.all(calls).then(() => {
    isDone = true;
  });
  for (; !isDone; await turns(5)) for (const end of ends.splice(0)) end();
  await all;
  assert.deepEqual({ ...server.usage }, { calls: 0, bytes: 0 });
});
