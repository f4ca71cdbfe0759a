import assert from "node:assert/strict";
import { test } from "node:test";
import { thoroughTest } from "../testing/count-of.test-support.js";
import { busyServer, onlyLinux } from "./busy-server.test-support.js";
import { connectUnix } from "./unix-connect.js";

test("a connection waits for room in the queue of a busy server", onlyLinux, async (t) => {
  const { path, server } = await busyServer(t);
  const connecting = connectUnix({ path });
  setImmediate(() => server.kill("SIGCONT"));
  const connection = await connecting;
  await connection.close();
});

test("a server that stays busy is reported as busy, not as gone", onlyLinux, async (t) => {
  const { path } = await busyServer(t);
  await assert.rejects(connectUnix({ path, timeout: 100 }), {
    code: "TRANSPORT_TIMEOUT",
    message: /within 100 ms: the server is running, but it is busy and its queue of connections is full \(EAGAIN\)/,
  });
});

thoroughTest("waiting for a busy server ends with its signal", onlyLinux, async (t) => {
  const { path } = await busyServer(t);
  const abort = new AbortController();
  const connecting = connectUnix({ path, signal: abort.signal });
  setImmediate(() => abort.abort());
  await assert.rejects(connecting, { code: "TRANSPORT_CONNECT_FAILED", message: /was aborted/ });
});

thoroughTest("a busy server that ends meanwhile is reported as gone", onlyLinux, async (t) => {
  const { path, server } = await busyServer(t);
  const connecting = connectUnix({ path });
  setImmediate(() => server.kill("SIGKILL"));
  await assert.rejects(connecting, { code: "TRANSPORT_CONNECT_FAILED", message: /no server listens there any more/ });
});
