import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { DescriptorHolder } from "../transport/descriptors.js";
import { AttachedConnections } from "./attached-connections.js";
import { Events } from "./events.test-support.js";

const enough = { join: () => () => {}, scarcity: () => undefined, makeRoom: () => false };

/** Connects as a client, and passes the other end to `connections`. */
async function connector(t: TestContext, connections: AttachedConnections): Promise<() => Promise<Socket>> {
  const listener = createServer({ pauseOnConnect: true }, (socket) => connections.take(socket));
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  t.after(() => listener.close());
  const { port } = listener.address() as { port: number };
  return async () => {
    const accepted = once(listener, "connection");
    const client = connect(port, "127.0.0.1");
    t.after(() => client.destroy());
    client.on("error", () => {});
    await accepted;
    return client;
  };
}

test("clients that do not end their headers or their body are cut off by the server's own limits", async (t) => {
  const limits = { headersTimeout: 1, requestTimeout: 1, connectionsCheckingInterval: 1 };
  const server = createHttpServer(limits, (request, response) => void request.resume().on("end", () => response.end()));
  const open = await connector(t, new AttachedConnections(server, enough));
  for (const sent of [
    "",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
  ]) {
    const client = await open();
    client.resume().write(sent);
    // Not by `once`, which rejects for ECONNRESET: an answer may be lost when the server cuts off what it has not read.
    await new Promise((resolve) => client.once("close", resolve));
  }
});

test("a listener of the user for the event listening is not called", () => {
  const server = createHttpServer();
  server.on("listening", () => assert.fail("it does not listen"));
  new AttachedConnections(server, enough);
});

test("when descriptors are scarce, silent connections make room, not one that waits for its response", async (t) => {
  const responses: ServerResponse[] = [];
  const server = createHttpServer((_, response) => void responses.push(response));
  let holder: DescriptorHolder | undefined;
  let most = 100;
  const descriptors = {
    join(one: DescriptorHolder) {
      holder = one;
      return () => {};
    },
    scarcity: () => ((holder?.size ?? 0) >= most ? "few are left" : undefined),
    makeRoom: (why: string) => holder?.release(why) ?? false,
  };
  const open = await connector(t, new AttachedConnections(server, descriptors));
  const asking = await open();
  asking.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(server, "request");
  most = 3;
  const closed = new Events<{ kind: "closed" }>();
  for (let count = 0; count < 10; count++) (await open()).resume().on("close", () => closed.note({ kind: "closed" }));
  await closed.until("closed", 8);
  assert.equal(holder?.size, 3);
  responses[0]?.end("served");
  const [answer] = (await once(asking, "data")) as [Buffer];
  assert.match(String(answer), /200 OK/);
});

test("maxConnections holds for connections that are handed over", async (t) => {
  const server: Server = createServer();
  server.maxConnections = 2;
  const connections = new AttachedConnections(server, enough);
  const open = await connector(t, connections);
  const closed = new Events<{ kind: "closed" }>();
  for (let count = 0; count < 3; count++) (await open()).resume().on("close", () => closed.note({ kind: "closed" }));
  await closed.until("closed");
  assert.equal(connections.size, 2);
});
