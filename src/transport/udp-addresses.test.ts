// From which address a server at a wildcard address answers. Clients connect their sockets: the system then drops what
// comes from any other address than the one that was asked.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import type { XdrWriter } from "../xdr/writer.js";
import type { ConnectionInfo } from "./connection.js";
import type { TransportError } from "./errors.js";
import { listenUdp, type UdpListenOptions } from "./udp-listener.js";

const raw = (out: XdrWriter, value: Uint8Array): void => out.writeBytes(value);
const linux = { skip: process.platform !== "linux" && "Linux alone has all of 127.0.0.0/8" };
const hasVersion6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

interface Echo {
  readonly port: number;
  readonly peers: ConnectionInfo[];
  readonly errors: TransportError[];
}

async function echoServer(t: TestContext, options: Partial<UdpListenOptions>): Promise<Echo> {
  const peers: ConnectionInfo[] = [];
  const errors: TransportError[] = [];
  const listener = await listenUdp(
    (connection) => {
      peers.push(connection.info);
      const message = (bytes: Uint8Array): unknown => connection.send(raw, bytes);
      connection.open({ message, drained() {}, closed() {} });
    },
    { host: "0.0.0.0", port: 0, closeTimeout: 0, onError: (error) => errors.push(error), ...options },
  );
  t.after(() => listener.close());
  assert.ok(listener.address.kind === "udp");
  return { port: listener.address.port, peers, errors };
}

/** Asks until it is answered, as every client over UDP does. @returns where the answer came from. */
async function ask(t: TestContext, host: string, port: number, options = { connected: true }): Promise<string> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  let repeat: NodeJS.Timeout | undefined;
  t.after(() => clearInterval(repeat));
  const answered = once(socket, "message");
  if (options.connected) {
    socket.connect(port, host);
    await once(socket, "connect");
  }
  const send = (): void => (options.connected ? socket.send("hello") : socket.send("hello", port, host));
  send();
  repeat = setInterval(send, 50);
  const [, from] = await answered;
  clearInterval(repeat);
  socket.close();
  return from.address;
}

for (const host of ["0.0.0.0", ...(hasVersion6 ? ["::"] : [])]) {
  test(`a server at ${host} answers from each address that is asked, one peer for each`, linux, async (t) => {
    const served = await echoServer(t, { host });
    const asked = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.2", ...(host === "::" ? ["::1"] : [])];
    for (const address of asked) assert.equal(await ask(t, address, served.port), address);
    // On a busy machine a first datagram may arrive before there was time to find which address was asked.
    const known = served.peers.map(({ local }) => "host" in local && local.host).filter((at) => at !== host);
    assert.deepEqual(known, asked);
    assert.equal(served.peers.at(-1)?.netid, host === "::" ? "udp6" : "udp");
    assert.deepEqual(served.errors, []);
  });
}

test("a client that connects its IPv6 socket to an IPv4 address is answered from it", linux, async (t) => {
  if (!hasVersion6) return t.skip("this machine has no IPv6");
  const served = await echoServer(t, { host: "::" });
  assert.equal(await ask(t, "::ffff:127.0.0.2", served.port), "::ffff:127.0.0.2");
});

test("a client that takes answers from everywhere is answered at an address of no interface, too", async (t) => {
  const served = await echoServer(t, {});
  assert.match(await ask(t, "127.0.0.9", served.port, { connected: false }), /^127\./);
});

test("one source that asks two addresses is two peers, each answered from its own", linux, async (t) => {
  const served = await echoServer(t, {});
  for (const address of ["127.0.0.2", "127.0.0.3"]) await ask(t, address, served.port);
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  const from: string[] = [];
  socket.on("message", (_bytes, source) => from.push(source.address));
  for (const address of ["127.0.0.2", "127.0.0.3", "127.0.0.2"]) {
    const answered = once(socket, "message");
    socket.send("hello", served.port, address);
    await answered;
  }
  assert.deepEqual(from, ["127.0.0.2", "127.0.0.3", "127.0.0.2"]);
  assert.equal(served.peers.length, 4);
});

test("a second listener does not get the port, at whichever address", linux, async (t) => {
  const { port } = await echoServer(t, {});
  await ask(t, "127.0.0.2", port);
  for (const host of ["0.0.0.0", "127.0.0.1", "127.0.0.2", "127.0.0.7"]) {
    const second = listenUdp(() => {}, { host, port });
    await assert.rejects(second, { code: "TRANSPORT_LISTEN_FAILED", message: /EADDRINUSE/ });
  }
  // Nor does one that is at a single address give the port to one for all.
  const alone = await echoServer(t, { host: "127.0.0.5" });
  await assert.rejects(
    listenUdp(() => {}, { host: "0.0.0.0", port: alone.port }),
    { code: "TRANSPORT_LISTEN_FAILED" },
  );
});

test("listeners with port 0 get a port each", async (t) => {
  const all = await Promise.all(Array.from({ length: 20 }, () => echoServer(t, {})));
  assert.equal(new Set(all.map(({ port }) => port)).size, 20);
});

test("closing the listener frees the port of all its sockets", linux, async (t) => {
  const first = await listenUdp(() => {}, { host: "0.0.0.0", port: 0 });
  assert.ok("port" in first.address);
  await first.close();
  const { port } = await echoServer(t, { host: "127.0.0.1", port: first.address.port });
  assert.equal(port, first.address.port);
});

test("with perAddress false there is one socket", async (t) => {
  const served = await echoServer(t, { perAddress: false });
  await ask(t, "127.0.0.1", served.port);
  assert.deepEqual(served.peers[0]?.local, { kind: "udp", host: "0.0.0.0", port: served.port });
});
