import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { thoroughTest } from "../testing/count-of.test-support.js";
import type { Connection } from "./connection.js";
import { Input, readBufferSize, turnBytes } from "./input.js";
import { listenTcp } from "./tcp-listener.js";

const silent = { message: () => undefined, drained: () => undefined, closed: () => undefined };

/** The mark of a record of `length` bytes. */
function mark(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(0x8000_0000 + length);
  return bytes;
}

test("a stream that sends without end waits for the next turn after its share, and then reads on", async () => {
  const input = new Input({ record: 2 ** 30 });
  let turns = 0;
  const readOn = (): unknown => turns++;
  const output = { open: () => undefined };
  input.start({ inputFailed: (error) => assert.fail(error), readOn, output }, silent);
  const { buffer, callback } = input.onread;
  for (let turn = 0; turn < 3; turn++) {
    let taken = 0;
    for (let goesOn = true; goesOn; ) {
      const into = buffer();
      assert.ok(into.length <= turnBytes, `${into.length} bytes would be read at once`);
      if (turn === 0 && taken === 0) mark(2 ** 29).copy(into);
      taken += into.length;
      goesOn = callback(into.length, into);
    }
    assert.ok(taken >= turnBytes && taken < 2 * turnBytes, `${taken} bytes were taken in one turn`);
    assert.equal(turns, turn, "it waits");
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(turns, turn + 1);
  }
  input.finish();
});

test("a call or a reply with 16 KiB of data, and headers with the longest AUTH_SYS credential, is read at once", () => {
  const headers = { mark: 4, call: 24, credential: 8 + 400, verifier: 8, length: 4 };
  const longest = Object.values(headers).reduce((sum, size) => sum + size, 16 * 1024);
  assert.ok(new Input().onread.buffer().length >= longest);
});

thoroughTest("records of any length come whole over a socket that has its turns", async () => {
  const sizes = [turnBytes - 4, turnBytes, 3 * turnBytes + 5, readBufferSize, 5, 20 * turnBytes];
  const received: number[] = [];
  let ended: () => void;
  const whole = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const take = (connection: Connection): void =>
    connection.open({
      ...silent,
      message(_bytes, start, end) {
        received.push(end - start);
        // Paused and resumed between turns, it loses nothing.
        connection.pause();
        setImmediate(() => connection.resume());
        if (received.length === sizes.length) ended();
      },
    });
  const listener = await listenTcp(take, { host: "127.0.0.1", port: 0 });
  const socket = connect((listener.address as { port: number }).port, "127.0.0.1");
  await once(socket, "connect");
  for (const size of sizes) socket.write(Buffer.concat([mark(size), Buffer.alloc(size)]));
  await whole;
  assert.deepEqual(received, sizes);
  socket.destroy();
  await listener.close();
});
