import assert from "node:assert/strict";
import { test } from "node:test";
import { closeClient } from "../client/index.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { clientTo } from "./balance/balance.test-support.js";
import type { Directory } from "./directory.js";
import { MemoryServices, memoryDirectory } from "./memory-engine.js";
import { openDirectory } from "./open.js";
import { startDirectory } from "./served/server.js";
import { SharedDirectories } from "./shared-directories.js";

test("those who name the same directory have the same one, and the last to leave closes it", async () => {
  const opened: Directory[] = [];
  const shared = new SharedDirectories(async () => {
    const directory = memoryDirectory(new MemoryServices());
    opened.push(directory);
    return directory;
  });
  const [one, two, other] = await Promise.all([shared.borrow("a"), shared.borrow("a"), shared.borrow(undefined)]);
  assert.equal(one.directory, two.directory);
  assert.notEqual(one.directory, other.directory);
  await one.release();
  await one.release();
  assert.deepEqual(await two.directory.list(), []);
  await two.release();
  assert.throws(() => two.directory.watch("/a"), /was closed/);
  assert.deepEqual(await other.directory.list(), []);
  const again = await shared.borrow("a");
  assert.equal(opened.length, 3);
  await Promise.all([again.release(), other.release()]);
});

test("a directory that cannot be opened is tried anew by who comes next", async () => {
  let attempts = 0;
  const shared = new SharedDirectories(async () => {
    if (++attempts === 1) throw new Error("down");
    return memoryDirectory();
  });
  const both = [shared.borrow("a"), shared.borrow("a")];
  assert.deepEqual(
    (await Promise.allSettled(both)).map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(attempts, 1);
  await (await shared.borrow("a")).release();
  assert.equal(attempts, 2);
});

test("ten clients of a directory server have one connection to it, and none when they are closed", async () => {
  await using served = await startDirectory({ port: 0, binder: "none" });
  await using server = new Server().implement(adder, adding());
  await server.listen("tcp://127.0.0.1:0");
  await using directory = await openDirectory(served.url);
  await directory.register("/services/add", server, { linger: 0 });
  const connections = served.connections;
  const clients = Array.from({ length: 10 }, () => clientTo(`dir://${served.url.replace("tcp://", "")}/services/add`));
  const sums = await Promise.all(clients.map((client) => client.add({ a: 1, b: 2 })));
  assert.deepEqual(sums, Array(10).fill(3));
  assert.equal(served.connections, connections + 1);
  await Promise.all(clients.map((client) => closeClient(client)));
  while (served.connections > connections) await new Promise((resolve) => setTimeout(resolve, 5));
});
