// The servers and clients of one process under random mixes of calls, callbacks, pauses and sudden ends: what they hold
// together is the sum of what each holds, keeps to the total of the process, and is nothing at the end.
// LUPINE_FUZZ_BUDGET sets how many steps (default 2,000).
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closeClient, createClient, RpcError, Server } from "lupine";
import type * as budget from "../../src/transport/budget.js";
import { EVERYTHING_V1 } from "../fixtures/everything.gen.js";
import { until } from "../support/waiting.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { measureMemory } from "./support/memory.js";
import { randomSource } from "./support/random.js";

const { count, seed } = planFrom("LUPINE_FUZZ_BUDGET", 2_000);
const { processTotal }: typeof budget = await import(
  new URL("../../../dist/transport/budget.js", import.meta.url).href
);
/** Small enough to be reached. */
Object.assign(processTotal, { mostBytes: 4 * 1024 * 1024, mostCalls: 64 });
const maxMessage = 128 * 1024;
/** What one message may add before the next look: as it is queued, in a buffer of the next power of two. */
const slack = 8 * maxMessage;

/** Steps beyond the planned ones. */
const mostMore = 10_000;

type Random = ReturnType<typeof randomSource>;
type One = ReturnType<typeof clientOf>;

const clientOf = (url: string) => createClient(EVERYTHING_V1, url);

/** A server whose handlers answer at once or, from `later`, in a turn of the test's choosing. */
async function serve(t: TestContext, later: (() => void)[]) {
  const server = new Server({ onError: () => undefined, onRefused: () => undefined });
  const answer = (text: string): string => text.slice(1).padEnd(text[1] === "m" ? 100_000 : 1, "m");
  server.implement(EVERYTHING_V1, {
    null: () => undefined,
    add: () => 0,
    list: () => [],
    all: (value: never) => value,
    echo: (text: string) =>
      text[0] === "a" ? new Promise<string>((resolve) => later.push(() => resolve(answer(text)))) : answer(text),
  } as never);
  const { address } = await server.listen("tcp://127.0.0.1:0", { maxMessage, highWaterMark: 64 * 1024 });
  t.after(() => server.destroy());
  return { server, port: (address as { port: number }).port };
}

/** Stands between clients and a server, and lets bytes through, or not. */
async function gate(t: TestContext, port: number | undefined) {
  const pairs = new Set<Socket>();
  const relay = createServer((near) => {
    pairs.add(near.on("error", () => undefined).on("close", () => pairs.delete(near)));
    if (port === undefined) return void near.pause();
    const far = connect(port, "127.0.0.1").on("error", () => undefined);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await once(relay.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    for (const one of pairs) one.destroy();
    relay.close();
  });
  return { pairs, url: `tcp://127.0.0.1:${(relay.address() as { port: number }).port}` };
}

/** One step of a client's: a call that is not waited for, of little or much. */
function callOnce(client: One, random: Random, outcomes: Map<string, number>): Promise<void> {
  const text = `${"as"[random(2)]}${"ml"[random(2)]}`.padEnd(random(3) > 0 ? random(120_000) : 2, ".");
  const note = (what: string): unknown => outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
  return client.echo(text, { timeout: 20_000 }).then(
    () => void note("value"),
    (error) => void note(error instanceof RpcError ? error.code : `not an RpcError: ${error}`),
  );
}

for (const servers of [0, 2]) {
  const what = servers === 0 ? "clients" : "servers and clients";
  test(`what the ${what} of a process hold keeps to its total and ends at nothing: ${count} steps, seed ${seed}`, async (t) => {
    const random = randomSource(seed + servers);
    const later: (() => void)[] = [];
    const served = await Promise.all(Array.from({ length: servers }, () => serve(t, later)));
    const ports = servers === 0 ? [undefined] : served.map(({ port }) => port);
    const gates = await Promise.all(ports.map((port) => gate(t, port)));
    const clients = gates.flatMap(({ url }) => Array.from({ length: 2 }, () => clientOf(url)));
    const outcomes = new Map<string, number>();
    const waiting = new Set<Promise<void>>();
    const campaign = new Campaign(`bytes held by ${what}`, { count, seed });
    const start = measureMemory();
    let most = 0;
    // A short run goes on until it holds enough to test something: clients connect meanwhile.
    for (let i = 0; i < count || (most <= maxMessage && i < count + mostMore); i++) {
      const sockets = [...(gates[random(gates.length)]?.pairs ?? [])];
      const socket = sockets[random(Math.max(1, sockets.length))];
      const choice = random(20);
      if (choice === 0) {
        if (random(10) === 0) socket?.destroy();
      } else if (choice < 4) socket?.pause();
      else if (choice < 5 && servers > 0) socket?.resume();
      else if (choice < 9) for (const end of later.splice(0, random(30))) end();
      else {
        const call = callOnce(clients[random(clients.length)] as One, random, outcomes);
        waiting.add(call);
        call.finally(() => waiting.delete(call));
      }
      if (random(10) === 0) await sleep(0);
      campaign.ran(1);
      const held = served.reduce((sum, { server }) => sum + server.usage.bytes, 0);
      const { bytes, mostBytes } = processTotal;
      most = Math.max(most, bytes);
      assert.ok(bytes >= held && bytes <= mostBytes + slack, `${bytes} bytes are held, ${held} of them by servers`);
    }
    assert.ok(most > maxMessage, `at most ${most} bytes were held: this tests nothing`);
    for (const { pairs } of gates) for (const one of pairs) one.destroy();
    const closing = Promise.all(clients.map((client) => closeClient(client)));
    await until(
      () => {
        for (const { pairs } of gates) for (const one of pairs) one.destroy();
        for (const end of later.splice(0)) end();
        return waiting.size === 0;
      },
      () => `${waiting.size} calls to end`,
    );
    await closing;
    await until(
      () => {
        // A call may reach its server after its caller has given up.
        for (const end of later.splice(0)) end();
        return processTotal.bytes === 0 && processTotal.calls === 0;
      },
      () => `nothing to be held: ${processTotal.bytes} bytes, ${processTotal.calls} calls`,
    );
    assert.deepEqual(
      [...outcomes.keys()].filter((one) => one.startsWith("not")),
      [],
    );
    campaign.finish(start, measureMemory());
  });
}
