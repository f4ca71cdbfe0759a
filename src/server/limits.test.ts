import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { adder, adding } from "../rpc/adder.test-support.js";
import { defaultServerLimits, limitsOf, withLimits } from "./limits.js";
import { Server } from "./server.js";

test("what is not said keeps its default, undefined is not said, and the options of a listener win", () => {
  assert.deepEqual(limitsOf(), defaultServerLimits);
  assert.equal(limitsOf({ record: undefined, depth: 5 } as never).record, defaultServerLimits.record);
  const given = { maxConnections: 5, record: 100, recordTimeout: 7, idleTimeout: 9 };
  assert.deepEqual(withLimits(given, { maxConnections: 6, limits: { time: 8 } }), {
    maxConnections: 6,
    idleTimeout: 9,
    limits: { record: 100, time: 8 },
  });
  assert.deepEqual(withLimits(undefined, {}), { limits: {} });
});

test("the limits of a server hold at its listeners", async () => {
  const reports: string[] = [];
  const onError = (error: unknown): unknown => reports.push(String(error));
  await using server = new Server({ limits: { record: 64 }, onError }).implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const socket = connect((address as { port: number }).port, "127.0.0.1").resume();
  socket.write(Buffer.from("80000041", "hex"));
  await once(socket, "close");
  assert.match(reports[0] ?? "", /65 bytes passes the limit of 64 bytes a record/);
});
