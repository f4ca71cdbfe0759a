// The events of node:diagnostics_channel, as a program that listens gets them.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { createClient, refuse, Server } from "lupine";
import type { ClientCallEvent, ServerCallEvent } from "lupine/peer";
import { drop, lossyConnection, MemoryNetwork, memoryPair } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";

type Heard = { readonly name: string; readonly event: Record<string, unknown> };

const names = [
  ...["client:call", "client:connect", "server:call"].flatMap((name) => [
    `${name}:start`,
    `${name}:end`,
    `${name}:error`,
  ]),
  ...["client:retransmit", "server:refused", "server:listener:error"],
  ...["connection:open", "connection:close", "message:sent", "message:received", "message:dropped"],
].map((name) => `lupine:${name}`);

/** What is published on the library's channels while `work` runs. */
async function heardDuring(work: () => Promise<unknown>, wanted: readonly string[] = names): Promise<Heard[]> {
  const heard: Heard[] = [];
  const listeners = wanted.map((name) => {
    const listener = (event: unknown): number => heard.push({ name, event: { ...(event as object) } });
    subscribe(name, listener);
    return () => unsubscribe(name, listener);
  });
  await work();
  for (const stop of listeners) stop();
  return heard;
}

function subscribeOnce(name: string, listener: (event: unknown) => void): void {
  const once = (event: unknown): void => {
    unsubscribe(name, once);
    listener(event);
  };
  subscribe(name, once);
}

function served(add: (args: { a: number; b: number }) => number | Promise<number>) {
  const network = new MemoryNetwork();
  const server = new Server({ onError: () => {} }).implement(ADD_VERS, { add });
  const client = createClient(ADD_VERS, "memory:add", { connection: { network } });
  return { network, server, client };
}

const namesOf = (heard: readonly Heard[]): string[] => heard.map(({ name }) => name.replace(/^lupine:/, ""));

test("a call is told of on both sides, with its connection and its messages", async () => {
  const { network, server, client } = served(({ a, b }) => a + b);
  await server.listen("memory:add", { network });
  const heard = await heardDuring(() => client.add({ a: 1, b: 2 }));
  assert.deepEqual(namesOf(heard), [
    "client:call:start",
    "client:connect:start",
    "connection:open",
    "connection:open",
    "client:connect:end",
    "message:sent",
    "message:received",
    "server:call:start",
    "message:sent",
    "server:call:end",
    "message:received",
    "client:call:end",
  ]);
  const of = (name: string): Record<string, unknown> => heard.find((one) => one.name === name)?.event ?? {};
  const call = of("lupine:client:call:end") as unknown as ClientCallEvent;
  assert.deepEqual(
    [call.program.name, call.procedure.name, call.args, call.result],
    ["ADD_PROG", ADD_VERS.procedures.add.name, [{ a: 1, b: 2 }], 3],
  );
  assert.ok((call.duration ?? -1) >= 0);
  const run = of("lupine:server:call:end") as unknown as ServerCallEvent;
  assert.deepEqual([run.args, run.result, run.identity.flavor], [[{ a: 1, b: 2 }], 3, 0]);
  assert.equal((of("lupine:message:sent")["bytes"] as Uint8Array).length, 48);
  assert.deepEqual(
    [of("lupine:client:connect:start")["reconnect"], of("lupine:client:connect:start")["target"]],
    [false, "memory:add"],
  );
  await server.close();
});

test("one object goes through all events of a call, so that a listener can note things of its own", async () => {
  const { network, server, client } = served(({ a, b }) => a + b);
  await server.listen("memory:add", { network });
  const seen: unknown[] = [];
  const note = (event: unknown): number => seen.push(event);
  for (const name of ["start", "end"]) subscribe(`lupine:client:call:${name}`, note);
  await client.add({ a: 1, b: 2 });
  for (const name of ["start", "end"]) unsubscribe(`lupine:client:call:${name}`, note);
  assert.equal(seen.length, 2);
  assert.equal(seen[0], seen[1]);
  await server.close();
});

test("failures are told as errors: what a handler throws, what it refuses, a result that does not encode", async () => {
  const failures = [new Error("no"), refuse("RPC_GARBAGE_ARGS")];
  const { network, server, client } = served(({ a }) => {
    if (failures[a] !== undefined) throw failures[a];
    return "three" as unknown as number;
  });
  await server.listen("memory:add", { network });
  const heard = await heardDuring(async () => {
    for (const a of [0, 1, 2]) await assert.rejects(client.add({ a, b: 0 }));
  });
  const errors = heard.filter(({ name }) => name === "lupine:server:call:error").map(({ event }) => event["error"]);
  assert.deepEqual(errors.slice(0, 2), failures);
  assert.match(String(errors[2]), /result/);
  assert.equal(namesOf(heard).filter((name) => name === "client:call:error").length, 3);
  assert.ok(!namesOf(heard).some((name) => name.endsWith("call:end")));
  await server.close();
});

test("a call that is refused before its handler is told of", async () => {
  const { network, server } = served(({ a, b }) => a + b);
  await server.listen("memory:add", { network });
  const client = createClient({ ...ADD_VERS, version: 9 }, "memory:add", { connection: { network } });
  const heard = await heardDuring(() => assert.rejects(client.add({ a: 1, b: 2 })), ["lupine:server:refused"]);
  assert.deepEqual(
    heard.map(({ event }) => event["reason"]),
    [{ kind: "program-mismatch", low: 1, high: 1 }],
  );
  await server.close();
});

test("a lost connection and the attempts to have another are told of", async () => {
  const { network, server, client } = served(({ a, b }) => a + b);
  const listener = await server.listen("memory:add", { network });
  await client.add({ a: 1, b: 2 });
  const heard = await heardDuring(
    async () => {
      await listener.close();
      server.destroy(new Error("pulled"));
      // The client's end learns of it in a later turn.
      await new Promise((resolve) => subscribeOnce("lupine:connection:close", resolve));
      await assert.rejects(client.add({ a: 1, b: 2 }));
    },
    names.filter((name) => /connection|connect:/.test(name)),
  );
  const kinds = namesOf(heard);
  assert.deepEqual(
    kinds.filter((name) => name.startsWith("connection")),
    ["connection:close", "connection:close"],
  );
  assert.deepEqual(kinds.slice(-2), ["client:connect:start", "client:connect:error"]);
  assert.equal(heard.at(-1)?.event["reconnect"], true);
  assert.match(String(heard.at(-1)?.event["error"]), /nothing listens at memory:add/);
});

test("repetitions and messages that are dropped are told of", async () => {
  const [near, far] = memoryPair({ reliable: false });
  const server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
  server.accept(far);
  const client = createClient(ADD_VERS, lossyConnection(near, { script: [drop] }), { retransmit: { first: 5 } });
  const heard = await heardDuring(() => client.add({ a: 1, b: 2 }), ["lupine:client:retransmit"]);
  assert.ok(heard.length >= 1);
  assert.equal(heard[0]?.event["transmissions"], 2);
  const dropped = await heardDuring(async () => {
    const [one, other] = memoryPair();
    server.accept(other);
    one.open({ message() {}, drained() {}, closed() {} });
    for (const words of [
      [7, 9],
      [7, 1, 0, 0, 0, 0],
    ]) {
      one.send((out, all) => {
        for (const word of all) out.writeWord(word);
      }, words);
    }
    await one.close();
  }, ["lupine:message:dropped"]);
  assert.deepEqual(
    dropped.map(({ event }) => [event["reason"], (event["bytes"] as Uint8Array).length]),
    [
      ["malformed", 8],
      ["unmatched", 24],
    ],
  );
});

test("a store that is bound to the start of a call is there while it is handled", async () => {
  const traces = new AsyncLocalStorage<unknown>();
  const { network, server, client } = served(async ({ a, b }) => {
    await Promise.resolve();
    assert.equal((traces.getStore() as ServerCallEvent).procedure.name, ADD_VERS.procedures.add.name);
    return a + b;
  });
  await server.listen("memory:add", { network });
  channel("lupine:server:call:start").bindStore(traces, (event) => event);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  channel("lupine:server:call:start").unbindStore(traces);
  await server.close();
});

test("nobody who listens, nobody is told: messages of connections that are open are not published", async () => {
  const { network, server, client } = served(({ a, b }) => a + b);
  await server.listen("memory:add", { network });
  await client.add({ a: 1, b: 2 });
  const heard = await heardDuring(() => client.add({ a: 1, b: 2 }));
  assert.deepEqual(namesOf(heard), ["client:call:start", "server:call:start", "server:call:end", "client:call:end"]);
  await server.close();
});
