// Asynchronous calls with C: batches of calls without a reply both ways, deferred calls that C fetches or is called back for, and streams.
import assert from "node:assert/strict";
import { createClient, Server } from "lupine";
import { serveDeferred } from "lupine/deferred";
import { WORK_VERS } from "../../examples/async/work.gen.js";
import { compile } from "./harness/compile.js";
import { peerTest } from "./harness/peers.js";
import { run, start } from "./harness/processes.js";

/** A C program and what rpcgen makes of one of our interfaces. */
function inC(name: string, interfaceFile: "src/deferred/deferred.x" | "src/stream/stream.x"): string {
  const base = interfaceFile.includes("stream") ? "stream" : "deferred";
  const parts = [`${base}_xdr.c`, `${base}_clnt.c`];
  return compile({
    interface: interfaceFile,
    sources: [`test/interop/c/${name}.c`, "test/interop/c/work.h"],
    rpcgen: [
      ["-C", "-h", "-o", `${base}.h`],
      ["-C", "-c", "-o", `${base}_xdr.c`],
      ["-C", "-l", "-o", `${base}_clnt.c`],
    ],
    link: [`${name}.c`, ...parts],
  });
}

async function workServer(notes: string[] = []) {
  const finished: number[] = [];
  const server = new Server().implement(WORK_VERS, {
    primes: (limit) => limit + 1,
    async *eachPrime(limit) {
      try {
        for (let number = 2; number < limit; number++) if (isPrime(number)) yield number;
      } finally {
        finished.push(limit);
      }
    },
    note: (line) => void notes.push(line),
  });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  return { server, finished, port: String("port" in address ? address.port : 0) };
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

peerTest("a C client sends a batch that one call flushes, and makes a deferred call", ["c"], async () => {
  const notes: string[] = [];
  const { server, port } = await workServer(notes);
  const deferred = serveDeferred(server);
  const { status, output } = await run(inC("async", "src/deferred/deferred.x"), [port]);
  assert.equal(status, 0, output);
  assert.equal(output, "batch: flushed\nsubmit: 0\nsubmit: 0\noutcome: 1, result 1001\nrelease: done\n");
  assert.deepEqual(
    notes,
    Array.from({ length: 1_000 }, (_, index) => String(index)),
  );
  assert.deepEqual([deferred.stats.runs, deferred.stats.copies, deferred.size], [1, 1, 0]);
  await server.close();
});

peerTest("a C program is called back with the result of its deferred call, on a port of its own", ["c"], async () => {
  const { server, port } = await workServer();
  const deferred = serveDeferred(server);
  const { status, output } = await run(inC("tickets", "src/deferred/deferred.x"), [port]);
  assert.equal(status, 0, output);
  assert.equal(output, "accepted: 0\ncalled back: our ticket, state 1, result 1001\n");
  assert.equal(deferred.stats.runs, 1);
  await server.close();
});

peerTest("a C client reads a stream to its end, and leaves another before it", ["c"], async () => {
  const { server, finished, port } = await workServer();
  const client = inC("stream", "src/stream/stream.x");
  const all = await run(client, [port, "30", "4"]);
  assert.equal(all.output, "2 3 5 7 11 13 17 19 23 29 ended: 1\n");
  const some = await run(client, [port, "4000000000", "8"]);
  assert.match(some.output, /^2 3 5 .* 541 left: done\n$/);
  assert.deepEqual(finished, [30, 4_000_000_000]);
  await server.close();
});

peerTest(
  "our batch of one-way calls reaches a C server that never answers them, and one call flushes it",
  ["c"],
  async () => {
    const program = compile({
      interface: "examples/async/work.x",
      sources: ["test/interop/c/batch_server.c"],
      rpcgen: [],
      link: ["batch_server.c"],
    });
    await using server = start(program, []);
    const [, port] = await server.printed(/ready (\d+)/);
    await using client = createClient(WORK_VERS, `tcp://127.0.0.1:${port}`);
    await Promise.all(Array.from({ length: 1_000 }, (_, number) => client.note(String(number))));
    assert.equal(await client.primes(0), 1_000);
  },
);
