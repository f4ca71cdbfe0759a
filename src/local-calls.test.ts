// Local calls: createClient with a Server of the same process.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptSys, authSys } from "./auth/sys.js";
import { channelOf } from "./client/handle.js";
import type { ClosableClient } from "./client/stubs.js";
import { createClient } from "./create-client.js";
import { type AdderProcedures, adder, adding } from "./rpc/adder.test-support.js";
import { AuthFlavor } from "./rpc/auth.js";
import type { IncomingCall } from "./rpc/call.js";
import { RpcCancelled, RpcCodecError, RpcDisconnected, RpcRefused, RpcRejected, RpcTimeout } from "./rpc/errors.js";
import { nullProcedure } from "./rpc/null.js";
import type { Procedures, Program } from "./rpc/program.js";
import { allowUsers } from "./server/allow.js";
import { localChannel } from "./server/local-channel.js";
import { Server } from "./server/server.js";

type Changes = Parameters<typeof adding>[0];

const serving = (changes: Changes = {}, options: ConstructorParameters<typeof Server>[0] = {}) =>
  new Server({ onError: () => undefined, ...options }).implement(adder, adding(changes));

const kinds = [
  { name: "with encoding", encode: true, isWarm: false },
  { name: "without encoding", encode: false, isWarm: false },
  { name: "without encoding, after the first call", encode: false, isWarm: true },
];

for (const { name, encode, isWarm } of kinds) {
  const open = async <P extends Procedures>(
    program: Program<P>,
    server: Server,
    options: Parameters<typeof createClient>[2] = {},
  ): Promise<ClosableClient<P>> => {
    const client = createClient(program, server, options as object);
    const call = { program: { ...program, number: 2 }, procedure: nullProcedure, args: [], options: {} };
    if (isWarm) await assert.rejects(channelOf(client).call(call), { code: "RPC_PROG_UNAVAIL" });
    return client;
  };

  describe(`local calls ${name}`, () => {
    it("return the results of plain and of async handlers", async () => {
      await using client = await open(adder, serving(), { encode });
      assert.equal(await client.add({ a: 1, b: 2 }), 3);
      assert.equal(await client.later(5), 5);
      assert.equal(await client.nothing(), undefined);
      assert.equal(await client.note(1), undefined);
      assert.equal((await client.repeat(100_000)).length, 100_000);
    });

    it("run at the same time if their handlers wait", async () => {
      const waiting: (() => void)[] = [];
      const later = (value: number) => new Promise((resolve) => waiting.push(() => resolve(value)));
      const client = await open(adder, serving({ later }), { encode });
      const results = Promise.all([client.later(1), client.later(2), client.later(3)]);
      while (waiting.length < 3) await new Promise(setImmediate);
      for (const answer of waiting.reverse()) answer();
      assert.deepEqual(await results, [1, 2, 3]);
    });

    it("call a client of the same server from within a handler", async () => {
      const server = serving({
        later: async (value: number) => (value === 0 ? 0 : 1 + (await client.later(value - 1))),
      });
      const client = await open(adder, server, { encode });
      assert.equal(await client.later(50), 50);
    });

    it("fail at their deadline, and by their signal", async () => {
      const client = await open(adder, serving({ later: () => new Promise(() => {}) }), { encode });
      assert.equal(await client.add({ a: 1, b: 2 }), 3);
      await assert.rejects(
        client.later(1, { timeout: 10 }),
        (error) => error instanceof RpcTimeout && error.mayHaveRun,
      );
      const stop = new AbortController();
      const call = client.later(1, { signal: stop.signal });
      stop.abort();
      await assert.rejects(call, (error) => error instanceof RpcCancelled && error.mayHaveRun);
      const aborted = client.later(1, { signal: AbortSignal.abort() });
      await assert.rejects(aborted, (error) => error instanceof RpcCancelled && !error.mayHaveRun);
    });

    it("get SYSTEM_ERR for a handler that throws, which the server reports", async () => {
      const errors: unknown[] = [];
      const add = () => {
        throw new Error("no");
      };
      const client = await open(adder, serving({ add }, { onError: (error) => errors.push(error) }), { encode });
      await assert.rejects(
        client.add({ a: 1, b: 2 }),
        (error) => error instanceof RpcRefused && error.code === "RPC_SYSTEM_ERR",
      );
      assert.match(String(errors), /no/);
    });

    it("are refused as calls over a connection are: program, version, credential", async () => {
      const server = serving({}, { interceptors: [allowUsers(7)] });
      const other = await open({ ...adder, number: 1 }, server, { encode });
      await assert.rejects(other.add({ a: 1, b: 2 }), { code: "RPC_PROG_UNAVAIL", mayHaveRun: false });
      const version = await open({ ...adder, version: 9 }, server, { encode });
      await assert.rejects(version.add({ a: 1, b: 2 }), { code: "RPC_PROG_MISMATCH" });
      const nobody = await open(adder, server, { encode });
      await assert.rejects(nobody.add({ a: 1, b: 2 }), (error) => error instanceof RpcRejected);
      const seven = await open(adder, server, { encode, auth: authSys({ uid: 7 }) });
      assert.equal(await seven.add({ a: 1, b: 2 }), 3);
    });

    it("run the interceptors of both ends", async () => {
      const seen: string[] = [];
      const server = serving(
        {},
        {
          interceptors: [
            (call, next) => {
              seen.push(`server ${call.procedure.name} ${JSON.stringify(call.args)}`);
              return next(call);
            },
          ],
        },
      );
      const client = await open(adder, server, {
        encode,
        interceptors: [
          async (call, next) => {
            seen.push(`client ${call.procedure.name}`);
            return ((await next(call)) as number) + 10;
          },
        ],
      });
      assert.equal(await client.add({ a: 1, b: 2 }), 13);
      assert.deepEqual(seen, ["client ADD", 'server ADD [{"a":1,"b":2}]']);
    });

    it("keep to the server's limit of running calls", async () => {
      const client = await open(
        adder,
        serving({ later: () => new Promise(() => {}) }, { limits: { totalCallsInFlight: 2 } }),
        { encode },
      );
      // A server that has to be read takes twice as many.
      const first = [1, 2, 3, 4].map((value) => client.later(value, { timeout: 60_000 }));
      await assert.rejects(client.later(5), { code: "RPC_SYSTEM_ERR" });
      const channel = first.map((call) => call.catch((error) => error));
      channelOf(client).destroy();
      for (const error of await Promise.all(channel)) assert.ok(error instanceof RpcDisconnected);
    });

    it("fail once the server is closed, and once the client is", async () => {
      const server = serving();
      const client = await open(adder, server, { encode });
      assert.equal(await client.add({ a: 1, b: 2 }), 3);
      await server.close();
      await assert.rejects(
        client.add({ a: 1, b: 2 }),
        (error) => error instanceof RpcDisconnected && !error.mayHaveRun,
      );
      const closed = await open(adder, serving(), { encode });
      await closed[Symbol.asyncDispose]();
      await assert.rejects(
        closed.add({ a: 1, b: 2 }),
        (error) => error instanceof RpcDisconnected && !error.mayHaveRun,
      );
    });

    it("let handlers call back", async () => {
      const later = (value: number, call: IncomingCall) => createClient(adder, call.peer).add({ a: value, b: 100 });
      const client = await open(adder, serving({ later }), { encode, callbacks: serving() });
      assert.equal(await client.later(1), 101);
      const without = await open(adder, serving({ later }), { encode });
      await assert.rejects(without.later(1), { code: "RPC_SYSTEM_ERR" });
    });

    it("let timers fire while calls are made without a pause", async () => {
      const client = await open(adder, serving(), { encode });
      let fired = false;
      setTimeout(() => (fired = true), 1);
      for (let i = 0; !fired; i++) await client.add({ a: i, b: 0 });
    });
  });
}

describe("local calls", () => {
  it("report arguments and results that cannot be encoded, with their path", async () => {
    const client = createClient(adder, serving({ add: () => "text" }));
    await assert.rejects(client.add({ a: "x", b: 1 } as never), (error) => {
      return error instanceof RpcCodecError && /args\.arg\.a/.test(error.message) && !error.mayHaveRun;
    });
    await assert.rejects(client.add({ a: 1, b: 1 }), { code: "RPC_SYSTEM_ERR" });
  });

  it("hand values over as they are without encoding, and copies of them with it", async () => {
    for (const encode of [true, false]) {
      let received: unknown;
      const add = (pair: { a: number }) => {
        received = pair;
        return pair.a;
      };
      const client = createClient(adder, serving({ add }), { encode });
      const sent = { a: 1, b: 2 };
      await client.add(sent);
      assert.deepEqual(received, sent);
      assert.equal(received === sent, !encode);
    }
  });

  it("make no message without encoding and without a credential, from the second call on", async () => {
    let messages = 0;
    class Counting extends Server {
      override answerWithin(call: Parameters<Server["answerWithin"]>[0]): ReturnType<Server["answerWithin"]> {
        messages++;
        return super.answerWithin(call);
      }
    }
    const server = new Counting().implement(adder, adding());
    for (const [auth, expected] of [
      [undefined, 1],
      [authSys({ uid: 7 }), 10],
    ] as const) {
      messages = 0;
      const client = createClient(adder, server, { encode: false, auth });
      for (let i = 0; i < 5; i++) assert.equal(await client.add({ a: i, b: 1 }), i + 1);
      for (let i = 0; i < 5; i++) assert.equal(await client.later(i), i);
      assert.equal(messages, expected);
    }
  });

  it("keep flavours and the need of TLS without encoding", async () => {
    for (const options of [{ flavors: [AuthFlavor.SYS] }, { requireTls: "tls" as const }]) {
      const client = createClient(adder, new Server().implement(adder, adding(), options), { encode: false });
      for (let i = 0; i < 3; i++)
        await assert.rejects(client.add({ a: 1, b: 1 }), (error) => error instanceof RpcRejected);
    }
    const none = createClient(adder, new Server({ auth: [acceptSys()] }).implement(adder, adding()), { encode: false });
    for (let i = 0; i < 3; i++) await assert.rejects(none.add({ a: 1, b: 1 }), (error) => error instanceof RpcRejected);
  });

  it("keep no values of calls that have ended, were refused or have timed out", async () => {
    const auth = authSys({ uid: 7 });
    const { aside, channel } = withAside(serving({ later: (value: number) => (value < 0 ? never.promise : value) }));
    const never = deferred();
    const call = (method: keyof AdderProcedures, args: unknown[], options = {}) =>
      channel
        .call({ program: adder, procedure: adder.procedures[method], args, options: { auth, ...options } })
        .catch((error) => error);
    await call("add", [{ a: 1, b: 2 }]);
    await call("note", [1]);
    await channel
      .call({ program: { ...adder, version: 9 }, procedure: adder.procedures.add, args: [{}], options: { auth } })
      .catch(() => 0);
    assert.ok((await call("later", [-1], { timeout: 5 })) instanceof RpcTimeout);
    never.resolve(3);
    await new Promise(setImmediate);
    assert.equal(aside.size, 0);
  });

  it("refuse options that have no meaning for them", () => {
    assert.throws(
      () => createClient(adder, serving(), { keepAlive: { interval: 1 } }),
      /options.keepAlive does not apply to a server/,
    );
    assert.throws(() => createClient(adder, "tcp://127.0.0.1:1", { encode: false }), /options.encode does not apply/);
    assert.throws(
      () => createClient(adder, serving(), { encode: 1 as never }),
      /options.encode is 1; give true or false/,
    );
  });
});

function withAside(server: Server) {
  const channel = localChannel(server, { encode: false });
  return { channel, aside: (channel as unknown as { aside: { size: number } }).aside };
}

function deferred(): { promise: Promise<unknown>; resolve(value: unknown): void } {
  let resolve = (_: unknown): void => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve: (value) => resolve(value) };
}
