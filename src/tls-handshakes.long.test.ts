// 10,000 connections with TLS, one after another: half of them end properly, the others in the middle of the handshake.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient } from "./create-client.js";
import { adder, adding } from "./rpc/adder.test-support.js";
import { Server } from "./server/server.js";
import { authority, server as own } from "./testing/certificates.test-support.js";
import { until } from "./testing/waiting.test-support.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "TLSWrap").length;

test("10,000 handshakes leave no sockets, no connections and no memory behind", async (t) => {
  const server = new Server({ onError: () => undefined }).implement(adder, adding());
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0", { tls: own });
  const { port } = address as { port: number };
  const tls = { ca: authority };
  const whole = async (): Promise<void> => {
    await using client = createClient(adder, `tls://127.0.0.1:${port}`, { tls });
    assert.equal(await client.add({ a: 1, b: 2 }), 3);
  };
  const broken = async (): Promise<void> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    socket.write(
      Buffer.from("80000028000000010000000000000002234511110000000100000000000000070000000000000000", "hex"),
    );
    socket.write(Buffer.alloc(4));
    await once(socket, "data");
    // The beginning of a ClientHello.
    socket.write(Buffer.from("16030100f8010000f40303", "hex"));
    socket.destroy();
    await closed;
  };
  const round = async (count: number): Promise<number> => {
    let left = count;
    const work = async (): Promise<void> => {
      while (left-- > 0) await (left % 2 === 0 ? whole() : broken());
    };
    await Promise.all(Array.from({ length: 8 }, work));
    await until(
      () => server.connections === 0 && sockets() === 0,
      () => `the end of ${server.connections} connections and ${sockets()} sockets`,
    );
    for (let i = 0; i < 3; i++) {
      await new Promise(setImmediate);
      collect();
    }
    return process.memoryUsage().heapUsed;
  };
  const before = await round(2_000);
  const after = await round(8_000);
  // A connection holds more than 10 kB while it is open.
  assert.ok(after - before < 8_000 * 500, `${(after - before) / 8_000} bytes for each connection`);
});
