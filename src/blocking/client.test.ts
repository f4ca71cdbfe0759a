import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { MessagePort, Worker } from "node:worker_threads";
import { authSys } from "../auth/sys.js";
import { systemClock } from "../base/clock.js";
import { loadSocketCalls } from "../machine/blocking-socket.js";
import { longestRead } from "../machine/partner-thread.js";
import { clientCall } from "../peer/diagnostics.js";
import { adder } from "../rpc/adder.test-support.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcCancelled, RpcCodecError, RpcDisconnected, RpcRefused, RpcTimeout } from "../rpc/errors.js";
import { ann, authority, stranger } from "../testing/certificates.test-support.js";
import { isThorough } from "../testing/count-of.test-support.js";
import type { Address } from "../transport/address.js";
import { createBlockingClient } from "./client.js";
import type { BlockingClientOptions } from "./options.js";
import { hangUp, hangUpTwice, never, type ServerData } from "./server.test-support.js";

const folder = mkdtempSync(join(tmpdir(), "lupine-blocking-"));
after(() => rmSync(folder, { recursive: true }));

/** A server in a thread of its own. */
async function serve(...listen: string[]): Promise<{ worker: Worker; addresses: Address[] }> {
  const workerData: ServerData = { listen };
  const worker = new Worker(new URL("./server.test-support.js", import.meta.url), { workerData, execArgv: [] });
  const [addresses] = (await once(worker, "message")) as [Address[]];
  return { worker, addresses };
}

it("a blocking client without a program is refused", () => {
  const missing = undefined as unknown as typeof adder;
  assert.throws(() => createBlockingClient(missing, "tcp://127.0.0.1:1"), /^TypeError: program is undefined/);
});

const noKoffi = loadSocketCalls() === undefined ? "koffi is not here: npm install --no-save --save-prod koffi" : false;
if (noKoffi && process.env["LUPINE_REQUIRE_PEERS"] === "1") throw new Error(noKoffi);

for (const by of ["system", "thread"] as const) {
  // The report counts tests that are skipped, not suites.
  if (by === "system" && noKoffi) {
    it("a blocking client by the system", { skip: noKoffi }, () => {});
    continue;
  }
  describe(`a blocking client by the ${by}`, () => {
    let shared: Awaited<ReturnType<typeof serve>>;
    before(async () => {
      shared = await serve(
        "tcp://127.0.0.1:0",
        "udp://127.0.0.1:0",
        `unix:${folder}/${by}.sock`,
        "tcp://[::1]:0",
        "udp://[::1]:0",
        "udp-second",
      );
    });
    after(() => shared.worker.terminate());
    const tcp = () => shared.addresses[0] as Address;
    // Each client of a thread loads what it needs anew.
    const more: (name: string, body: () => void | Promise<void>) => void =
      by === "system" || isThorough ? it : () => {};
    const client = (target: string | Address, options: BlockingClientOptions<typeof adder.procedures> = {}) =>
      createBlockingClient(adder, target, { by, ...options });

    it("returns results over TCP, UDP and Unix sockets", () => {
      for (const address of shared.addresses.slice(0, 4)) {
        using adding = client(address);
        for (let i = 0; i < 20; i++) assert.equal(adding.add({ a: i, b: 2 }), i + 2);
        assert.equal(adding.note(1), undefined);
        assert.equal(adding.nothing(), undefined);
      }
    });

    if (by === "thread") {
      it("wakes the thread for no call: the socket and the reply's end are enough", (t) => {
        for (const address of shared.addresses.slice(0, 3)) {
          using adding = client(address, { timeout: 600_000, retransmit: { first: 600_000, jitter: 0 } });
          assert.equal(adding.add({ a: 1, b: 2 }), 3);
          const started = systemClock.now();
          const post = t.mock.method(MessagePort.prototype, "postMessage");
          for (let i = 0; i < 200; i++) assert.equal(adding.add({ a: i, b: 2 }), i + 2);
          const most = 2 + (systemClock.now() - started) / longestRead;
          assert.ok(post.mock.callCount() <= most, `${post.mock.callCount()} messages to the thread`);
          post.mock.restore();
        }
      });

      it("starts its thread when it is made, which takes no time of the first call", (t) => {
        let now = 0;
        t.mock.method(systemClock, "now", () => now);
        const { wait } = Atomics;
        t.mock.method(Atomics, "wait", (...args: Parameters<typeof wait>) => {
          const result = wait(...args);
          now += 3_600_000;
          return result;
        });
        using adding = client(tcp(), { timeout: 60_000 });
        assert.equal(adding.add({ a: 1, b: 2 }), 3);
      });

      it("fails a call at its deadline if the thread has not started by then", (t) => {
        let now = 0;
        t.mock.method(systemClock, "now", () => now);
        t.mock.method(Atomics, "wait", (_words: Int32Array, _index: number, _value: number, time: number) => {
          now += time;
          return "timed-out";
        });
        using adding = client(tcp(), { timeout: 20_000 });
        assert.throws(() => adding.add({ a: 1, b: 2 }), { code: "RPC_TIMEOUT", mayHaveRun: false });
      });
    }

    more("receives a long result in pieces, and the next one after it", () => {
      using adding = client(tcp());
      for (const size of [900_000, 3, 70_000, 900_000]) {
        const bytes = adding.repeat(size);
        assert.equal(bytes.length, size);
        assert.ok(bytes.every((byte) => byte === 7));
      }
      assert.equal(adding.add({ a: 1, b: 2 }), 3);
    });

    it("fails at the deadline, and does not take the late reply of that call for the next one's", () => {
      for (const address of shared.addresses.slice(0, 2)) {
        using adding = client(address);
        assert.equal(adding.add({ a: 1, b: 2 }), 3);
        assert.throws(
          () => adding.later(never, { timeout: 30 }),
          (error) => error instanceof RpcTimeout && error.mayHaveRun && /no reply within 30 ms/.test(error.message),
        );
        assert.equal(adding.later(5), 5);
      }
    });

    more("says that a call did not run if nothing listens", () => {
      using adding = client("tcp://127.0.0.1:1");
      assert.throws(
        () => adding.add({ a: 1, b: 2 }),
        (error) =>
          error instanceof RpcDisconnected &&
          !error.mayHaveRun &&
          /nothing listens there/.test(error.message) &&
          error.place?.procedure === "ADD",
      );
    });

    it("says that a call may have run if its connection ended, and connects again for the next call", () => {
      using adding = client(tcp());
      assert.throws(
        () => adding.later(hangUp),
        (error) => error instanceof RpcDisconnected && error.mayHaveRun,
      );
      assert.equal(adding.add({ a: 1, b: 2 }), 3);
    });

    more("finds a server again that was restarted between two calls", async () => {
      const path = `unix:${folder}/restart-${by}.sock`;
      using adding = client(path);
      for (let i = 0; i < 2; i++) {
        const { worker } = await serve(path);
        assert.equal(adding.add({ a: i, b: 2 }), i + 2);
        await worker.terminate();
      }
    });

    more("sends a call over UDP again, under the same transaction id", () => {
      const udp = shared.addresses[5];
      using adding = client(udp as Address, { retransmit: { first: 20, jitter: 0 } });
      assert.equal(adding.add({ a: 1, b: 2 }), 1);
      assert.equal(adding.add({ a: 1, b: 2 }), 2);
      assert.throws(() => adding.add({ a: 1, b: 2 }, { semantics: "maybe", timeout: 50 }), RpcTimeout);
    });

    more("repeats a call of at-least-once semantics when its connection ends", () => {
      using adding = client(tcp(), { semantics: { later: "at-least-once" } });
      assert.equal(adding.later(hangUpTwice), hangUpTwice);
    });

    more("tries all addresses of localhost", () => {
      for (const address of shared.addresses.slice(3, 5)) {
        const { port } = address as { port: number };
        using adding = client(`${address.kind}://localhost:${port}`);
        assert.equal(adding.add({ a: 1, b: 2 }), 3);
      }
    });

    more("sends the credential of the client, and that of a call", () => {
      using adding = client(tcp(), { auth: authSys({ uid: 100 }) });
      assert.equal(adding.add({ a: 1, b: 2 }), 103);
      assert.equal(adding.add({ a: 1, b: 2 }, { auth: authSys({ uid: 200 }) }), 203);
    });

    more("names the field of arguments that cannot be encoded, and stays usable", () => {
      using adding = client(tcp());
      assert.throws(
        () => adding.add({ a: "x" as never, b: 2 }),
        (error) => error instanceof RpcCodecError && !error.mayHaveRun && /args\.arg\.a/.test(error.message),
      );
      assert.equal(adding.add({ a: 1, b: 2 }), 3);
    });

    more("fails with the server's refusal", () => {
      using other = createBlockingClient({ ...adder, version: 9 }, tcp(), { by });
      assert.throws(
        () => other.add({ a: 1, b: 2 }),
        (error) => error instanceof RpcRefused && error.code === "RPC_PROG_MISMATCH" && !error.mayHaveRun,
      );
    });

    more("fails calls after it was closed, and calls whose signal is aborted", () => {
      const adding = client(tcp());
      assert.throws(() => adding.add({ a: 1, b: 2 }, { signal: AbortSignal.abort() }), RpcCancelled);
      adding[Symbol.dispose]();
      assert.throws(
        () => adding.add({ a: 1, b: 2 }),
        (error) => error instanceof RpcDisconnected && !error.mayHaveRun,
      );
    });

    more("reports a rpcbind that does not answer, as createClient does", () => {
      using adding = client("127.0.0.1", { rpcbind: "tcp://127.0.0.1:1" });
      assert.throws(() => adding.add({ a: 1, b: 2 }), { code: "RPC_NO_BINDER", mayHaveRun: false });
    });

    more("runs interceptors around calls, the first one outermost", () => {
      const seen: string[] = [];
      const named =
        (name: string) =>
        (
          call: Parameters<NonNullable<BlockingClientOptions["interceptors"]>[number]>[0],
          next: (c: typeof call) => unknown,
        ) => {
          seen.push(`${name} ${call.procedure.name}`);
          return (next(call) as number) * 2;
        };
      using adding = client(tcp(), { interceptors: [named("a"), named("b")] });
      assert.equal(adding.add({ a: 1, b: 2 }), 12);
      assert.deepEqual(seen, ["a ADD", "b ADD"]);
    });

    more("says that a call may have run if an interceptor fails after it ran, whatever its error says", () => {
      const failing = (runs: boolean) => (call: ChannelCall, next: (call: ChannelCall) => unknown) => {
        if (runs) next(call);
        throw new RpcDisconnected("no", { mayHaveRun: false });
      };
      for (const mayHaveRun of [false, true]) {
        using adding = client(tcp(), { interceptors: [failing(mayHaveRun)] });
        assert.throws(() => adding.add({ a: 1, b: 2 }), { code: "RPC_DISCONNECTED", mayHaveRun });
      }
    });

    more("publishes its calls on the diagnostics channel of clients", () => {
      const results: unknown[] = [];
      const note = (event: unknown): void => void results.push((event as { result: unknown }).result);
      clientCall.end.subscribe(note);
      try {
        using adding = client(tcp());
        adding.add({ a: 1, b: 2 });
      } finally {
        clientCall.end.unsubscribe(note);
      }
      assert.deepEqual(results, [3]);
    });
  });
}

describe("createBlockingClient", () => {
  it("refuses wrong options and targets at once", () => {
    const make = (target: string, options: object) => () => createBlockingClient(adder, target, options);
    assert.throws(make("tcp://localhost:1", { timeOut: 5 }), /options.timeOut is not an option; did you mean timeout/);
    assert.throws(make("tcp://localhost:1", { by: "magic" }), /options.by is "magic"; give "system" or "thread"/);
    assert.throws(make("tcp://localhost:1", { timeout: -1 }), RangeError);
    assert.throws(make("tcp://:x", {}), { code: "TRANSPORT_BAD_ADDRESS" });
    assert.throws(make("memory:add", {}), { code: "TRANSPORT_BAD_ADDRESS" });
    assert.throws(make("dir:/services/add", {}), { code: "TRANSPORT_BAD_ADDRESS" });
  });

  it("refuses options of a call that are wrong", () => {
    using adding = createBlockingClient(adder, "tcp://127.0.0.1:1");
    assert.throws(() => adding.add({ a: 1, b: 2 }, { timeOut: 1 } as object), /options.timeOut is not an option/);
    assert.throws(() => adding.add({ a: 1, b: 2 }, { semantics: "exactly-once" }), /which has no sessions/);
  });
});

describe("a blocking client over TLS", () => {
  let worker: Worker;
  let port: number;
  before(async () => {
    const served = await serve("tls");
    worker = served.worker;
    port = (served.addresses[0] as { port: number }).port;
  });
  after(() => worker.terminate());
  const client = (target: string, options: BlockingClientOptions<typeof adder.procedures> = {}) =>
    createBlockingClient(adder, target, { tls: { ca: authority, ...ann }, ...options });

  it("returns results over tls://, and over tcp:// with options.tls", () => {
    for (const target of [`tls://127.0.0.1:${port}`, `tls://localhost:${port}`, `tcp://127.0.0.1:${port}`]) {
      using adding = client(target);
      assert.equal(adding.add({ a: 1, b: 2 }), 3, target);
      assert.equal(adding.repeat(900_000).length, 900_000);
    }
  });

  it("calls nothing if the server's name or authority is wrong, or the server wants another certificate", () => {
    const wrong = [
      { ca: authority, ...ann, servername: "elsewhere.example" },
      { ca: stranger, ...ann },
      { ca: authority },
    ];
    for (const tls of wrong) {
      using adding = client(`tls://127.0.0.1:${port}`, { tls });
      assert.throws(
        () => adding.add({ a: 1, b: 2 }),
        (error) => error instanceof RpcDisconnected && !error.mayHaveRun && /TLS failed/.test(error.message),
      );
    }
    using plain = createBlockingClient(adder, `tcp://127.0.0.1:${port}`);
    assert.throws(() => plain.add({ a: 1, b: 2 }), { code: "RPC_AUTH_ERROR", mayHaveRun: false });
  });

  it("has no TLS by the system, and none over UDP", () => {
    assert.throws(() => client(`tls://127.0.0.1:${port}`, { by: "system" }), /TypeError.*no TLS/);
    using datagrams = client(`udp://127.0.0.1:${port}`);
    assert.throws(() => datagrams.add({ a: 1, b: 2 }), /cannot have TLS/);
  });
});
