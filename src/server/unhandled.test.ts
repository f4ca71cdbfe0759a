import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call, type Pair } from "../rpc/adder.test-support.js";
import { memoryPair } from "../transport/memory.js";
import type { ServerOptions } from "./options.js";
import { Server } from "./server.js";
import { mostReportedKinds, mostReportedKindsPerProcedure, UnhandledErrors } from "./unhandled.js";

type Warning = Error & { readonly code?: string; readonly detail?: string };

/** The warnings of the process that `work` leads to. They are emitted in a later tick. */
async function warningsOf(work: () => unknown): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const note = (warning: Warning): number => warnings.push(warning);
  process.on("warning", note);
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  return warnings;
}

function converse(add: (pair: Pair) => unknown, options: ServerOptions = {}): Peer {
  const [near, far] = memoryPair();
  new Server(options).implement(adder, adding({ add: add as (pair: Pair) => number })).accept(far);
  return new Peer(near);
}

async function failing(peer: Peer, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    await assert.rejects(call(peer, "add", [{ a: i, b: 2 }]), { code: "RPC_SYSTEM_ERR" });
  }
}

test("a handler that throws is reported once, with its procedure and its stack", async () => {
  const peer = converse(({ a }) => {
    throw new RangeError(`no account ${a}`);
  });
  const warnings = await warningsOf(() => failing(peer, 3));
  const [warning] = warnings;
  assert.equal(warnings.length, 1);
  assert.match(
    warning?.message ?? "",
    /^ADD of ADD_PROG version 1 failed, called by memory:pair: RangeError: no account 0\. .*onError/,
  );
  assert.equal(warning?.code, "LUPINE_HANDLER_FAILED");
  assert.equal(warning?.name, "LupineWarning");
  assert.match(warning?.detail ?? "", /unhandled\.test/);
});

test("a result that does not encode is reported, with the place in the result", async () => {
  const peer = converse(() => "three");
  const [warning, ...others] = await warningsOf(() => failing(peer, 2));
  assert.match(warning?.message ?? "", /ADD of ADD_PROG version 1 failed.*result: "three" is not an int/);
  assert.deepEqual(others, []);
});

test("two kinds of error of one procedure are both reported", async () => {
  const peer = converse(({ a }) => {
    throw a === 0 ? new Error("the first") : new TypeError("the second");
  });
  assert.equal((await warningsOf(() => failing(peer, 3))).length, 2);
});

test("what is thrown need not be an error, nor be readable", async () => {
  const thrown: unknown[] = [
    undefined,
    "text",
    {
      toString() {
        throw new Error("no");
      },
    },
  ];
  const peer = converse(({ a }) => {
    throw thrown[a];
  });
  const warnings = await warningsOf(() => failing(peer, 3));
  assert.deepEqual(
    warnings.map(({ message }) => /memory:pair: (.*?)\./.exec(message)?.[1]),
    [
      "it threw undefined, which is not an Error",
      "it threw text, which is not an Error",
      "it threw an error that cannot be read, which is not an Error",
    ],
  );
});

test("with onError nothing is reported, unless onError itself throws", async () => {
  const errors: unknown[] = [];
  const throwing = (): never => {
    throw new Error("no");
  };
  const quiet = converse(throwing, { onError: (error) => errors.push(error) });
  assert.deepEqual(await warningsOf(() => failing(quiet, 2)), []);
  assert.equal(errors.length, 2);
  const onError = (): never => {
    throw new Error("the log is full");
  };
  const loud = converse(throwing, { onError });
  const warnings = await warningsOf(() => failing(loud, 2));
  assert.deepEqual(
    warnings.map(({ code, message }) => [code, message.startsWith("Error: the log is full.")]),
    [["LUPINE_SERVER_ERROR", true]],
  );
});

test("errors that differ by the caller's address alone are of one kind", async () => {
  const unhandled = new UnhandledErrors();
  const addresses = ["127.0.0.1:7000", "[fe80::1%eth0]:9", "[2001:db8::beef]:700", "unknown:0", "host.example:1"];
  const warnings = await warningsOf(() => {
    for (const address of addresses) unhandled.report(new Error(`tcp://${address} was disconnected: reset`));
  });
  assert.deepEqual(
    warnings.map(({ message }) => message.split(":")[0]),
    ["Error"],
  );
});

test("the number of kinds that are reported is limited, for a procedure and for a server", async () => {
  const unhandled = new UnhandledErrors();
  const place = { program: "P", version: 1, peer: "memory:pair" };
  const warnings = await warningsOf(() => {
    for (let procedure = 0; procedure < 100; procedure++) {
      for (let kind = 0; kind < 100; kind++) {
        unhandled.report(new Error("x".repeat(kind)), { ...place, procedure: `p${procedure}` });
      }
    }
  });
  assert.equal(warnings.length, mostReportedKinds);
  assert.equal(new Set(warnings.map(({ message }) => message.split(" ")[0])).size, mostReportedKinds / 10);
  assert.equal(mostReportedKindsPerProcedure, 10);
});

test("a connection that a listener turns away is reported, to the server's onError where there is one", async () => {
  const errors: unknown[] = [];
  for (const options of [{}, { onError: (error: unknown) => errors.push(error) }]) {
    await using server = new Server(options).implement(adder, adding());
    const { address } = await server.listen("tcp://127.0.0.1:0", { maxConnections: 1, whenFull: "refuse" });
    const warnings = await warningsOf(async () => {
      const sockets = [];
      for (let i = 0; i < 3; i++) {
        const socket = connect({ port: "port" in address ? address.port : 0, host: "127.0.0.1" });
        sockets.push(socket);
        if (i > 0) await once(socket, "close");
        else await once(socket, "connect");
      }
      sockets[0]?.destroy();
    });
    const shown = warnings.map(({ message }) => /has 1 connections already \(maxConnections\)/.test(message));
    assert.deepEqual(shown, "onError" in options ? [] : [true]);
  }
  assert.equal(errors.length, 2);
});
