import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/server.js";
import { formatAddress } from "../transport/address.js";

// A process whose descriptors are limited. It blocks all the time, so no event of the thread reaches it.
const program = `
  const { closeSync, openSync } = await import("node:fs");
  const { createBlockingClient } = await import(process.argv[1] + "blocking/index.js");
  const { adder } = await import(process.argv[1] + "rpc/adder.test-support.js");
  const outcomes = [];
  for (const left of [0, 20]) {
    const taken = [];
    try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
    for (const one of taken.splice(0, left)) closeSync(one);
    const client = createBlockingClient(adder, process.argv[2], { by: "thread" });
    const call = () => {
      try { return client.add({ a: 1, b: 2 }); } catch ({ code, mayHaveRun, message }) {
        return [code, mayHaveRun, /EMFILE/.test(message)];
      }
    };
    outcomes.push(call());
    for (const one of taken) closeSync(one);
    outcomes.push(call());
    client[Symbol.dispose]();
  }
  console.log(JSON.stringify(outcomes));
`;

test("a blocking client without file descriptors says so at once, and works when there are some", async () => {
  await using server = new Server();
  server.implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const command = 'ulimit -n 200 && exec "$0" --input-type=module -e "$@"';
  const module = new URL("../", import.meta.url).href;
  const args = ["-c", command, process.execPath, program, module, formatAddress(address)];
  const child = spawn("sh", args, { stdio: ["ignore", "pipe", "inherit"] });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  const refused = ["RPC_DISCONNECTED", false, true];
  const outcomes = JSON.parse(output) as unknown[];
  assert.deepEqual([outcomes[0], outcomes[1], outcomes[3]], [refused, 3, 3]);
  // With some descriptors the thread may start, and then find too few.
  assert.ok(outcomes[2] === 3 || JSON.stringify(outcomes[2]) === JSON.stringify(refused), output);
});
