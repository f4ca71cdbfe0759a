import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptShort } from "../auth/short.js";
import { ShortHandles } from "../auth/short-handles.js";
import { acceptSys, authSys } from "../auth/sys.js";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import type { Call } from "../rpc/call.js";
import { memoryPair } from "../transport/memory.js";
import { Server } from "./server.js";

test("client and server agree on short credentials, and outlive their loss", async () => {
  const handles = new ShortHandles(1);
  const uids: unknown[] = [];
  const later = (value: number, { identity }: Call) => {
    uids.push(identity?.sys?.uid);
    return value;
  };
  const server = new Server({ auth: [acceptSys({ short: handles }), acceptShort(handles)] });
  server.implement(adder, adding({ later }), { flavors: [1] });
  const peers = [1, 2].map((uid) => {
    const [near, far] = memoryPair();
    server.accept(far);
    return new Peer(near, { auth: authSys({ uid }) });
  });
  // Each caller pushes the other's handle out.
  for (let round = 0; round < 3; round++) {
    for (const peer of peers) assert.equal(await call(peer, "later", [round]), round);
    for (const peer of peers) assert.equal(await call(peer, "later", [round]), round);
  }
  assert.deepEqual(
    uids,
    Array.from({ length: 12 }, (_, i) => (i % 2) + 1),
  );
  assert.equal(handles.size, 1);
});
