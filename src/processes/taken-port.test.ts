import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.js";
import { until } from "../testing/waiting.test-support.js";
import { formatAddress } from "../transport/address.js";
import { bindWhenFree, longestTaken } from "./taken-port.js";

const host = "127.0.0.1";

async function anySocket(): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, host);
  await once(socket, "listening");
  return socket;
}

test("a UDP port that is in use is reported once, and bound as soon as it is free", async () => {
  const other = await anySocket();
  const { port } = other.address();
  const clock = new FakeClock();
  const reports: string[] = [];
  const binding = bindWhenFree({ host, port }, { clock, taken: (address) => reports.push(formatAddress(address)) });
  for (let waits = 0; waits < 3; waits++) {
    await until(
      () => clock.timers === 1,
      () => "the next attempt",
    );
    if (waits === 2) await new Promise<void>((resolve) => void other.close(resolve));
    clock.advance(100);
  }
  const socket = await binding;
  assert.equal(socket.address().port, port);
  assert.deepEqual(reports, [`udp://${host}:${port}`]);
  socket.close();
});

test("a UDP port that stays in use is an error after longestTaken, an address of another machine at once", async () => {
  const other = await anySocket();
  const { port } = other.address();
  const clock = new FakeClock();
  const start = clock.now();
  const refused = assert.rejects(bindWhenFree({ host, port }, { clock }), {
    code: "TRANSPORT_LISTEN_FAILED",
    message: /EADDRINUSE/,
  });
  let isRefused = false;
  void refused.then(() => (isRefused = true));
  await until(
    () => {
      if (clock.timers > 0) clock.advance(100);
      return isRefused;
    },
    () => "the error",
  );
  assert.equal(clock.now() - start, longestTaken);
  other.close();
  await assert.rejects(bindWhenFree({ host: "192.0.2.1", port }, { clock }), { code: "TRANSPORT_LISTEN_FAILED" });
  assert.equal(clock.timers, 0);
});
