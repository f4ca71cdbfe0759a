import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../create-client.js";
import { adder } from "../rpc/adder.test-support.js";
import { Events } from "./events.test-support.js";
import { serve } from "./serve.js";

const module = new URL("./adder-server.test-support.js", import.meta.url);
const never = { first: 3_600_000, factor: 1, most: 3_600_000, jitter: 0 };

test("a call to a pool whose only worker has ended says how it ended, that it is started again, and how to wait", async () => {
  const events = new Events();
  await using served = await serve(module, { workers: 1, backoff: never, onEvent: events.note });
  await using client = createClient(adder, served);
  await assert.rejects(client.nothing(), { code: "RPC_DISCONNECTED", mayHaveRun: true });
  await events.until("ended");
  await assert.rejects(client.add({ a: 1, b: 2 }), {
    code: "RPC_DISCONNECTED",
    mayHaveRun: false,
    message:
      /^ADD_PROG version 1 ADD at worker processes: no worker is ready: file:\S+ ended with code 1 \d+ ms after .* waitForServer/,
  });
  await served.close();
  await using late = createClient(adder, served);
  await assert.rejects(late.add({ a: 1, b: 2 }), { mayHaveRun: false, message: /the processes are closed/ });
});
