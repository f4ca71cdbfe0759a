// Clients follow the servers of a service, whichever engine keeps it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, Server } from "lupine";
import { openDirectory, startDirectory } from "lupine/directory";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { dnsServerMissing, startDnsServer } from "../directory-engines/dns-server.js";
import { natsServerMissing, startNatsServer } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";

const path = "/services/add";

/** A server that answers ADD with its number. */
async function serverOf(number: number): Promise<Server> {
  const server = new Server().implement(ADD_VERS, { add: () => number });
  await server.listen("tcp://127.0.0.1:0");
  return server;
}

function portOf(server: Server): number {
  const [address] = server.addresses;
  return address !== undefined && "port" in address ? address.port : 0;
}

/** Calls until ten calls in a row were answered by these servers and no others. */
async function untilAnswering(call: () => Promise<number>, numbers: readonly number[]): Promise<void> {
  for (;;) {
    const answers = new Set<number>();
    for (let i = 0; i < 10; i++) answers.add(await call());
    if (answers.size === numbers.length && numbers.every((number) => answers.has(number))) return;
    await sleep(5);
  }
}

function follows(name: string, begin: () => Promise<{ url: string } & AsyncDisposable>): void {
  test(`clients follow a server that joins, leaves and dies, with ${name}`, async () => {
    await using running = await begin();
    await using directory = await openDirectory(running.url);
    const servers = [await serverOf(1), await serverOf(2), await serverOf(3)] as const;
    await directory.register(path, servers[0]);
    await using client = createClient(ADD_VERS, `dir:${path}`, {
      directory: running.url,
      semantics: { add: "at-least-once" },
    });
    const call = () => client.add({ a: 1, b: 2 });
    await untilAnswering(call, [1]);
    await directory.register(path, servers[1]);
    await untilAnswering(call, [1, 2]);
    await directory.register(path, servers[2]);
    await untilAnswering(call, [1, 2, 3]);
    const closing = servers[0].close();
    await untilAnswering(call, [2, 3]);
    await closing;
    servers[1].destroy();
    await untilAnswering(call, [3]);
    servers[2].destroy();
  });
}

follows("a directory server", () => startDirectory({ port: 0, binder: "none" }));

peerSuite(natsServerMissing(), () => {
  follows("NATS", async () => {
    const server = await startNatsServer();
    const dispose = () => server[Symbol.asyncDispose]();
    return { url: `nats://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: dispose };
  });
});

peerSuite(dnsServerMissing(), () => {
  test("servers in DNS are called by their weight and priority, and passed over when they are dead", async () => {
    await using one = await serverOf(1);
    await using two = await serverOf(2);
    await using spare = await serverOf(3);
    await using dns = await startDnsServer([
      `_add._tcp.services SRV 0 1 ${portOf(one)} localhost.`,
      `_add._tcp.services SRV 0 3 ${portOf(two)} localhost.`,
      `_add._tcp.services SRV 9 1 ${portOf(spare)} localhost.`,
    ]);
    await using client = createClient(ADD_VERS, `dir:${path}`, {
      directory: dns.url,
      semantics: { add: "at-least-once" },
      // On a busy machine a server may need longer than by default, and the other one be asked in its place.
      times: { connectPatience: 60_000, silence: 60_000 },
    });
    const answers = [];
    for (let i = 0; i < 8; i++) answers.push(await client.add({ a: 1, b: 2 }));
    assert.deepEqual(answers.sort(), [1, 1, 2, 2, 2, 2, 2, 2]);
    one.destroy();
    two.destroy();
    assert.equal(await client.add({ a: 1, b: 2 }), 3);
  });
});
