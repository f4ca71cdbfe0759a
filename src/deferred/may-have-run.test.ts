// Moments in which a deferred call may have run, although the last answer is a refusal.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { test } from "node:test";
import { adder, adding } from "../rpc/adder.test-support.js";
import { AuthFlavor } from "../rpc/auth.js";
import { Server } from "../server/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { turns, until } from "../testing/waiting.test-support.js";
import { DEFERRED_VERS, ticket_state as State } from "./deferred.gen.js";
import { createDeferredClient, openTicketLog, resumeTicket, serveDeferred } from "./index.js";

const pair = { a: 1, b: 2 };
const never = () => new Promise<number>(() => undefined);

test("the server restarts without deferred calls: a ticket's call may have run", async () => {
  const first = new Server().implement(adder, adding({ add: never }));
  const deferred = serveDeferred(first);
  const { address } = await first.listen("tcp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address);
  const result = (await client.add(pair)).result();
  await until(
    () => deferred.stats.runs === 1,
    () => "the call to run",
  );
  first.destroy();
  const next = new Server().implement(adder, adding());
  await next.listen(address);
  await assert.rejects(result, { code: "RPC_PROG_UNAVAIL", mayHaveRun: true });
  next.destroy();
});

test("a call that had begun before a crash, and is refused afterwards, is in doubt", async () => {
  const folder = await mkdtemp("/tmp/tickets-");
  const { add } = adder.procedures;
  const program = { ...adder, procedures: { add: { ...add, semantics: "at-least-once" as const } } };
  const begin = async (handler: () => Promise<number> | number, flavors?: number[]) => {
    const log = await openTicketLog(`${folder}/log`);
    const options = flavors === undefined ? {} : { flavors };
    const server = new Server({ onError: () => undefined }).implement(program, { add: handler }, options);
    const deferred = serveDeferred(server, { log });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    return { log, server, deferred, client: createDeferredClient(program, address) };
  };
  const first = await begin(never);
  const { id } = await first.client.add(pair);
  await until(
    () => first.deferred.stats.runs === 1,
    () => "the call to run",
  );
  await first.log.close();
  first.server.destroy();
  await first.client[Symbol.asyncDispose]();
  // The next process asks for a better credential.
  const second = await begin(() => 7, [AuthFlavor.SYS]);
  const resumed = resumeTicket(second.client, "add", id);
  await assert.rejects(resumed.result(), { code: "RPC_IN_DOUBT", mayHaveRun: true });
  await second.client[Symbol.asyncDispose]();
  await second.server.close();
  await second.log.close();
  await rm(folder, { recursive: true });
});

test("a server over UDP that was restarted: a copy of the submission may have run before", async () => {
  const first = new Server().implement(adder, adding());
  serveDeferred(first);
  const { address } = await first.listen("udp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address);
  assert.equal(await (await client.add(pair)).result(), 3);
  await first.close({ drain: 0 });
  const next = new Server().implement(adder, adding());
  const deferred = serveDeferred(next);
  await next.listen(address);
  await assert.rejects(client.add(pair), { code: "RPC_IN_DOUBT", mayHaveRun: true });
  assert.equal(await (await client.add(pair)).result(), 3);
  assert.equal(deferred.stats.runs, 1);
  await next.close();
});

for (const results of ["connection", "fetch"] as const) {
  test(`a server that answers at once, without news, is not asked without a pause (${results})`, async () => {
    const clock = new FakeClock();
    let asked = 0;
    const server = new Server().implement(DEFERRED_VERS, {
      open: () => ({ instance: new Uint8Array(8), lease: 1n }),
      submit: () => State.TICKET_ACCEPTED,
      watch: () => void asked++,
      cancel: () => State.TICKET_UNKNOWN,
      release: () => undefined,
      attach: (ids: unknown[]) => ids.map(() => State.TICKET_ACCEPTED),
      fetch: () => {
        asked++;
        return { state: State.TICKET_ACCEPTED, progress: { number: 0, done: 0, total: 0, note: "" } };
      },
    } as never);
    const client = createDeferredClient(adder, server, { results, clock });
    const ticket = await client.add(pair);
    ticket.result().catch(() => undefined);
    await turns(500);
    assert.ok(asked >= 1 && asked <= 2, `asked ${asked} times without a pause`);
    const before = asked;
    await clock.run(10_000);
    assert.ok(asked > before && asked < 110, `asked ${asked} times in 10 seconds`);
    const closed = client[Symbol.asyncDispose]();
    await clock.run(60_000);
    await closed;
  });
}
