import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { probeAll } from "./probe.js";

test("the first registrations are called, and not all of an endless list", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const xids = new Set<string>();
  // PROG_UNAVAIL.
  socket.on("message", (call, { port, address }) => {
    xids.add(call.toString("hex", 0, 4));
    socket.send(
      Buffer.concat([call.subarray(0, 4), Buffer.from("0000000100000000000000000000000000000001", "hex")]),
      port,
      address,
    );
  });
  const { port } = socket.address();
  const most = 40;
  const entries = Array.from({ length: 3 * most }, (_, version) => {
    return { program: 300_000, version, netid: "udp", address: `127.0.0.1.${port >> 8}.${port & 255}`, owner: "0" };
  });
  const results = await probeAll("localhost", entries, 30_000, undefined, most);
  socket.close();
  assert.equal(results.length, 3 * most);
  const kinds = results.map(({ kind }) => kind);
  assert.deepEqual(new Set(kinds.slice(0, most)), new Set(["refused"]));
  assert.deepEqual(new Set(kinds.slice(most)), new Set(["not called"]));
  assert.equal(xids.size, most);
});
