// Clients that are closed while their server is being looked up or connected to.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { duplexPair } from "node:stream";
import { type TestContext, test } from "node:test";
import { channelOf, RpcDisconnected, RpcTimeout } from "lupine";
import { createDceClient, DceServer } from "lupine/dce";
import { memoryDirectory } from "lupine/directory";
import { Sample_v1 } from "../interop/dce/sample.gen.js";

/** Without the endpoint that its .idl file names. */
const unbound = { ...Sample_v1, endpoints: [] };

/** Accepts connections and never answers. */
async function silentServer(t: TestContext): Promise<{ port: number; connected: () => Promise<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined).resume()));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  return { port, connected: async () => (await once(server, "connection"))[0] as Socket };
}

/** The targets of the silent server at a port: what is asked there is the directory, the endpoint mapper, or the server. */
const targets = {
  "the directory": (port: number) => createDceClient(unbound, `dir://127.0.0.1:${port}/.:/services/sample`),
  "the endpoint mapper of a name's machine": (port: number) => {
    const directory = memoryDirectory();
    const program = Number.parseInt(Sample_v1.uuid.slice(0, 8), 16);
    void directory.register("/services/sample", { versions: [{ program, version: 1 }], addresses: ["127.0.0.1"] });
    return createDceClient(unbound, "dir:/.:/services/sample", { directory, endpointMapper: port });
  },
  "the endpoint mapper": (port: number) => createDceClient(unbound, "ncacn_ip_tcp:127.0.0.1", { endpointMapper: port }),
  "the server": (port: number) => createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${port}]`),
} as const;

for (const [what, clientOf] of Object.entries(targets)) {
  test(`a client that is closed while ${what} is asked says so, and gives the question up`, async (t) => {
    const silent = await silentServer(t);
    const client = clientOf(silent.port);
    const socket = silent.connected();
    const call = assert.rejects(client.add(1, 2), (error) => {
      assert.ok(error instanceof RpcDisconnected, String(error));
      assert.match(error.message, /the client was closed/);
      assert.deepEqual([error.mayHaveRun, error.code], [false, "RPC_DISCONNECTED"]);
      return true;
    });
    const ended = once(await socket, "close");
    channelOf(client).destroy(new Error("the program ends"));
    await call;
    // A question to a directory is shared by the clients of a process, and has a limit of its own.
    if (what !== "the directory") await ended;
    await assert.rejects(client.add(1, 2), /the client was closed; make a new one/);
  });
}

test("a call that is too late says what it waited for, and how long", async (t) => {
  const { port } = await silentServer(t);
  const timeout = 30;
  const patterns = {
    "the directory": /no server within 30 ms \(options\.timeout\): the servers of dir:\/services\/sample are not known/,
    "the endpoint mapper of a name's machine": /no server within 30 ms \(options\.timeout\)/,
    "the endpoint mapper": /no connection within 30 ms \(options\.timeout\)/,
    "the server": /no connection within 30 ms \(options\.timeout\)/,
  };
  for (const [what, clientOf] of Object.entries(targets)) {
    const client = clientOf(port);
    await assert.rejects(client.add(1, 2, { timeout }), (error) => {
      assert.ok(error instanceof RpcTimeout, String(error));
      assert.match(error.message, patterns[what as keyof typeof patterns]);
      return !error.mayHaveRun;
    });
    channelOf(client).destroy();
  }
});

/** A connection whose peer never ends its half. */
async function halfOpen(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket.on("error", () => undefined).resume(), "connect");
  return socket;
}

test("a server closes although a client does not, and takes no further connections", async () => {
  const server = new DceServer();
  const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  const socket = await halfOpen(port);
  const closed = once(socket, "close");
  const first = server.close({ drain: 0 });
  assert.equal(server.close(), first);
  await first;
  socket.destroy();
  await closed;
  const [near, far] = duplexPair();
  server.accept(far);
  await once(near.resume(), "end");
  assert.throws(() => server.close({ drain: -1 }), TypeError);
});

test("a client closes its connection although the server does not", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => void socket.on("error", () => undefined).resume());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const socket = await halfOpen(port);
  const client = createDceClient(Sample_v1, () => socket);
  const call = assert.rejects(client.add(1, 2, { timeout: 20 }), RpcTimeout);
  await call;
  const closed = once(socket, "close");
  await client[Symbol.asyncDispose]();
  await closed;
  server.close();
});
