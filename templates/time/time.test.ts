// A server and a client in one process, on a port of its own and without any rpcbind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, Server } from "lupine";
import { clock } from "./clock.js";
import { status, TIME_VERS } from "./time.gen.js";

test("the clock is set, but not to a time before 1970", async () => {
  await using server = new Server().implement(TIME_VERS, clock);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(TIME_VERS, address);
  assert.equal((await client.setTime({ seconds: 2_000_000_000n, nanoseconds: 0 })).status, status.CLOCK_OK);
  assert.ok((await client.getTime()).seconds >= 2_000_000_000n);
  assert.equal((await client.setTime({ seconds: -1n, nanoseconds: 0 })).status, status.CLOCK_REFUSED);
});
