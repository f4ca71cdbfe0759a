import assert from "node:assert/strict";
import test from "node:test";
import { adder } from "../rpc/adder.test-support.js";
import type { Call, Channel, ChannelCall, Handler, Interceptor } from "../rpc/call.js";
import { RpcDisconnected } from "../rpc/errors.js";
import type { Procedures, Program } from "../rpc/program.js";
import { argumentList, noArguments, oneArgument } from "../xdr/arguments.js";
import { int, voidType } from "../xdr/primitives.js";
import { channelOf, closeClient } from "./handle.js";
import { stubsOver } from "./stubs.js";

/** Answers with the request itself. */
function echo(): Channel & { closed: number } {
  return {
    remote: { kind: "memory", name: "echo" },
    closed: 0,
    call: async (request: ChannelCall) => request,
    async close() {
      this.closed++;
    },
    destroy() {},
  };
}

function programOf(...names: string[]): Program<Procedures> {
  const procedures = names.map((name, number) => [name, { name, number, args: noArguments, result: voidType }]);
  return { ...adder, procedures: Object.fromEntries(procedures) };
}

test("options go last, after as many arguments as the procedure has", async () => {
  const two = {
    name: "TWO",
    number: 1,
    args: argumentList([
      { name: "a", type: int },
      { name: "b", type: int },
    ]),
    result: int,
  };
  const client = stubsOver({ ...adder, procedures: { two } }, echo(), { ownsChannel: true, timeout: 77 }) as never as {
    two(...args: unknown[]): Promise<ChannelCall>;
  };
  const plain = await client.two(1, 2);
  assert.deepEqual([plain.args, plain.options], [[1, 2], { timeout: 77 }]);
  const values = new Map([["who", "me"]]);
  const chosen = await client.two(1, 2, { values });
  assert.deepEqual([chosen.args, chosen.options], [[1, 2], { timeout: 77, values }]);
  assert.equal((await client.two(1, 2, { timeout: 5 })).options.timeout, 5);
});

test("options that are none reject the call, and throw nothing at once", async () => {
  const client = stubsOver(adder, echo(), { ownsChannel: true }) as never as {
    add(...args: unknown[]): Promise<ChannelCall>;
  };
  const message = /^ADD takes one argument, then options, which are an object; not /;
  for (const options of [null, 3, "x"]) {
    const outcome = client.add({ a: 1, b: 2 }, options);
    await assert.rejects(outcome, { name: "TypeError", message });
  }
  assert.deepEqual((await client.add({ a: 1, b: 2 }, undefined)).options, {});
  const interceptors: Interceptor[] = [(call, next) => next(call)];
  const watched = stubsOver(adder, echo(), { ownsChannel: true, interceptors });
  const outcome = watched.add({ a: 1, b: 2 }, { values: 5 as never });
  await assert.rejects(outcome, TypeError);
});

test("procedures may be called like the methods of every object", async () => {
  const names = ["constructor", "toString", "close", "valueOf", "hasOwnProperty", "toJSON"];
  const client = stubsOver(programOf(...names), echo(), { ownsChannel: true }) as never as Record<
    string,
    () => Promise<ChannelCall>
  >;
  for (const name of names) assert.equal((await client[name]?.())?.procedure.name, name);
  assert.deepEqual(Object.keys(client), names);
});

test("a procedure called then does not make the client a promise", async () => {
  const client = stubsOver(programOf("then"), echo(), { ownsChannel: true });
  assert.equal(await client, client);
  assert.ok("then_" in client && !("then" in client));
});

test("interceptors stand around a call in their order, and can change and repeat it", async () => {
  const seen: string[] = [];
  const named =
    (name: string): Interceptor =>
    async (call, next) => {
      seen.push(`${name} before`);
      const result = await next(call);
      seen.push(`${name} after`);
      return result;
    };
  const doubling: Interceptor = async (call, next) => next({ ...call, args: [{ a: 5, b: 5 }] });
  const interceptors = [named("outer"), named("inner"), doubling];
  const client = stubsOver(adder, echo(), { ownsChannel: true, interceptors });
  const sent = (await client.add({ a: 1, b: 2 }, { timeout: 9 })) as never as ChannelCall;
  assert.deepEqual(seen, ["outer before", "inner before", "inner after", "outer after"]);
  assert.deepEqual(sent.args, [{ a: 5, b: 5 }]);
  assert.equal(sent.options.timeout, 9);
});

test("closing a client closes its own channel, and leaves a shared one open", async () => {
  const own = echo();
  const shared = echo();
  await closeClient(stubsOver(adder, own, { ownsChannel: true }));
  {
    await using client = stubsOver(adder, shared, { ownsChannel: false });
    assert.equal(channelOf(client), shared);
  }
  assert.deepEqual([own.closed, shared.closed], [1, 0]);
  await assert.rejects(closeClient({}), TypeError);
});

test("a procedure's arguments are restored after a reply, and a call that fails changes nothing", async () => {
  const restored: unknown[] = [];
  const restore = (args: readonly unknown[], result: unknown) => {
    restored.push(args[0]);
    return result;
  };
  const one = { name: "ONE", number: 1, args: oneArgument(int), result: int, restore };
  const channel = echo();
  const client = stubsOver({ ...adder, procedures: { one } }, channel, { ownsChannel: true }) as never as {
    one(...args: unknown[]): Promise<ChannelCall>;
  };
  assert.deepEqual((await client.one(7)).args, [7]);
  assert.deepEqual(restored, [7]);
  channel.call = () => Promise.reject(new Error("lost"));
  await assert.rejects(client.one(8), /lost/);
  assert.deepEqual(restored, [7]);
});

test("an error of interceptors says that the call may have run, if any of their attempts may have", async () => {
  const failure = (mayHaveRun: boolean) => new RpcDisconnected("lost", { mayHaveRun });
  const twice: Interceptor = async (call, next) => next(call).catch(() => next(call));
  const both: Interceptor = (call, next) => Promise.race([next(call), next(call)]);
  const after: Interceptor = async (call, next) => {
    await next(call);
    throw failure(false);
  };
  const never: Interceptor = async () => {
    throw failure(false);
  };
  type Outcome = true | false | "done" | "pending";
  const cases: [Interceptor, Outcome[], boolean][] = [
    [twice, [true, false], true],
    [twice, [false, true], true],
    [twice, [false, false], false],
    [both, [false, "pending"], true],
    [after, ["done"], true],
    [never, [], false],
  ];
  for (const [interceptor, outcomes, mayHaveRun] of cases) {
    for (const interceptors of [[interceptor], [interceptor, (call: Call, next: Handler) => next({ ...call })]]) {
      const left = [...outcomes];
      const channel: Channel = {
        ...echo(),
        call: async () => {
          const outcome = left.shift();
          if (outcome === "pending") return new Promise(() => {});
          if (outcome !== "done") throw failure(outcome === true);
          return undefined;
        },
      };
      const client = stubsOver(programOf("one"), channel, { ownsChannel: false, interceptors });
      await assert.rejects((client as Record<string, () => Promise<unknown>>)["one"]?.() as Promise<unknown>, {
        code: "RPC_DISCONNECTED",
        mayHaveRun,
      });
      assert.equal(left.length, 0);
    }
  }
});
