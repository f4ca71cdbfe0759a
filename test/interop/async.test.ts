// A C client of asynchronous calls: batches of calls without a reply, and a deferred call, which is submitted, fetched and released.
import assert from "node:assert/strict";
import { Server } from "lupine";
import { serveDeferred } from "lupine/deferred";
import { WORK_VERS } from "../../examples/async/work.gen.js";
import { compile } from "./harness/compile.js";
import { peerTest } from "./harness/peers.js";
import { run } from "./harness/processes.js";

function clientInC(): string {
  return compile({
    interface: "src/deferred/deferred.x",
    sources: ["test/interop/c/async.c"],
    rpcgen: [
      ["-C", "-h", "-o", "deferred.h"],
      ["-C", "-c", "-o", "deferred_xdr.c"],
      ["-C", "-l", "-o", "deferred_clnt.c"],
    ],
    link: ["async.c", "deferred_xdr.c", "deferred_clnt.c"],
  });
}

peerTest("a C client sends a batch that one call flushes, and makes a deferred call", ["c"], async () => {
  const notes: string[] = [];
  const server = new Server();
  server.implement(WORK_VERS, {
    primes: (limit) => limit + 1,
    eachPrime: () => 2,
    note: (line) => void notes.push(line),
  });
  const deferred = serveDeferred(server);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const { status, output } = await run(clientInC(), [String("port" in address ? address.port : 0)]);
  assert.equal(status, 0, output);
  assert.equal(output, "batch: flushed\nsubmit: 0\nsubmit: 0\noutcome: 1, result 1001\nrelease: done\n");
  assert.deepEqual(
    notes,
    Array.from({ length: 1_000 }, (_, index) => String(index)),
  );
  assert.deepEqual([deferred.stats.runs, deferred.stats.copies, deferred.size], [1, 1, 0]);
  await server.close();
});
