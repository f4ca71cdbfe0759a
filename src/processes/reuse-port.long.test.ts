import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createClient } from "../create-client.js";
import { loadPortSockets } from "../machine/shared-port.js";
import { adder } from "../rpc/adder.test-support.js";
import { until } from "../testing/waiting.test-support.js";
import type { Address } from "../transport/address.js";
import { type Served, serve } from "./serve.js";

const module = new URL("./adder-server.test-support.js", import.meta.url);
const isRequired = process.env["LUPINE_REQUIRE_PEERS"] === "1";
const skip = loadPortSockets() === undefined && !isRequired && "koffi is not here: npm install --no-save koffi";
const patient = { timeout: 60_000 };

/** With so many callers, all of them get one of two workers once in 2^39 runs. */
const many = 40;

async function started(t: TestContext, listen: readonly string[], workers = 2): Promise<Served> {
  const served = await serve(module, { workers, listen, reusePort: true });
  t.after(() => served.close());
  return served;
}

const pidsOf = ({ workers }: Served): Set<number> => new Set(workers.map(({ pid }) => pid));
const addressOf = ({ addresses }: Served, at = 0) => addresses[at] as Address & { readonly port: number };

/** Clients with a connection each, and who has answered them. */
async function callers(t: TestContext, address: Address, count = many) {
  const clients = Array.from({ length: count }, () => createClient(adder, address, patient));
  t.after(() => Promise.all(clients.map((client) => client[Symbol.asyncDispose]())));
  const ask = async (): Promise<Set<number>> =>
    new Set(await Promise.all(clients.map((client) => client.add({ a: 1, b: 2 }) as Promise<number>)));
  return { ask, close: () => Promise.all(clients.map((client) => client[Symbol.asyncDispose]())) };
}

test("with reusePort TCP and UDP have one port, and the system spreads callers over all workers", {
  skip,
}, async (t) => {
  const served = await started(t, ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]);
  const [tcp, udp] = [addressOf(served), addressOf(served, 1)];
  assert.equal(tcp.port, udp.port);
  const { ask, close } = await callers(t, tcp);
  assert.deepEqual(await ask(), pidsOf(served));
  const open = (): number => served.workers.reduce((sum, { connections }) => sum + connections, 0);
  await until(
    () => open() === many,
    () => `${many} connections that the workers have accepted`,
  );
  await close();
  await until(
    () => open() === 0,
    () => "the end of the connections",
  );
  assert.deepEqual(await (await callers(t, udp)).ask(), pidsOf(served));
});

test("with reusePort a reload loses no call: open connections move, and new ones wait in their socket", {
  skip,
}, async (t) => {
  const served = await started(t, ["tcp://127.0.0.1:0"]);
  const address = addressOf(served);
  const old = pidsOf(served);
  const { ask } = await callers(t, address);
  await ask();
  let isOver = false;
  const calling = (async () => {
    for (let calls = 0; ; calls++) {
      if (isOver) return calls;
      await ask();
      await using fresh = createClient(adder, address, patient);
      await fresh.add({ a: 1, b: 2 });
    }
  })();
  await served.reload();
  await served.reload();
  isOver = true;
  assert.ok((await calling) > 0);
  for (const pid of await ask()) assert.ok(!old.has(pid) && pidsOf(served).has(pid), `${pid} has left`);
});

test("with reusePort workers that resize adds get callers, and those that it removes get none", { skip }, async (t) => {
  const served = await started(t, ["udp://127.0.0.1:0"], 1);
  const address = addressOf(served);
  await served.resize(2);
  assert.deepEqual(await (await callers(t, address)).ask(), pidsOf(served));
  await served.resize(1);
  await until(
    () => served.workers.length === 1,
    () => "the end of the second worker",
  );
  assert.deepEqual(await (await callers(t, address)).ask(), pidsOf(served));
});

test("with reusePort an address that another program has is an error that names it", { skip }, async (t) => {
  const other = await serve(module, { workers: 1, listen: ["tcp://127.0.0.1:0"] });
  t.after(() => other.close());
  const { port } = addressOf(other);
  const taken = serve(module, { workers: 1, listen: [`tcp://127.0.0.1:${port}`], reusePort: true });
  await assert.rejects(taken, {
    code: "TRANSPORT_LISTEN_FAILED",
    message: new RegExp(`cannot listen on tcp://127.0.0.1:${port}: the address is in use.*bind EADDRINUSE`),
  });
});
