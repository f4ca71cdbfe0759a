// What the system is asked for when a connection by TCP is made.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connectTcp, type TcpConnectOptions } from "./tcp.js";

type Handle = Record<"setNoDelay" | "setKeepAlive", (...args: unknown[]) => number>;

/** What a client's new connection asks the system for. */
async function asked(t: TestContext, options: Partial<TcpConnectOptions> = {}) {
  const server = createServer((socket) => socket.on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const first = connect(port, "127.0.0.1");
  await once(first, "connect");
  t.after(() => first.destroy());
  const handle = Object.getPrototypeOf((first as Socket & { _handle: Handle })._handle) as Handle;
  const noDelay = t.mock.method(handle, "setNoDelay");
  const keepAlive = t.mock.method(handle, "setKeepAlive");
  const connection = await connectTcp({ host: "127.0.0.1", port, ...options });
  connection.destroy();
  // Later versions of Node pass on the interval and the number of probes, too.
  const calls = [noDelay, keepAlive].map(({ mock }) => mock.calls.map((call) => call.arguments.slice(0, 2)));
  t.mock.restoreAll();
  return { noDelay: calls[0], keepAlive: calls[1] };
}

test("a client's connection sends short messages at once, and has the system probe a silent server after a minute", async (t) => {
  assert.deepEqual(await asked(t), { noDelay: [[true]], keepAlive: [[true, 60]] });
});

test("a client's connection without keepAlive has no probes", async (t) => {
  assert.deepEqual(await asked(t, { keepAlive: false }), { noDelay: [[true]], keepAlive: [] });
});
