import assert from "node:assert/strict";
import { test } from "node:test";
import { busyServer, onlyLinux } from "../transport/busy-server.test-support.js";
import { isReachable, whenUnreachable } from "./standing-connection.js";

test("a binder whose queue of connections is full counts as there, until it ends", onlyLinux, async (t) => {
  const { path, server } = await busyServer(t);
  const address = { kind: "unix", path } as const;
  const { signal } = new AbortController();
  assert.equal(await isReachable(address, signal), true);
  let isLost = false;
  const lost = whenUnreachable(address, signal).then(() => {
    isLost = true;
  });
  assert.equal(await isReachable(address, signal), true);
  assert.equal(isLost, false);
  server.kill("SIGKILL");
  // Timers of the library do not keep a process alive.
  const keep = setInterval(() => {}, 1_000);
  await lost;
  clearInterval(keep);
  assert.equal(await isReachable(address, signal), false);
});
