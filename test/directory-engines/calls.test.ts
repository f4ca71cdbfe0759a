// Clients that know nothing but a path, and servers that come and go, with each engine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, Server } from "lupine";
import { int, oneArgument, type Program } from "lupine/codegen/v1";
import { openDirectory } from "lupine/directory";
import { until } from "../support/waiting.js";
import { dnsServerMissing, startDnsServer } from "./dns-server.js";
import { natsServerMissing, startNatsServer } from "./nats-server.js";
import { peerSuite } from "./peer-suite.js";

const procedures = { who: { name: "WHO", number: 1, args: oneArgument(int), result: int } };
const program = {
  name: "WHO_PROG",
  number: 0x20001235,
  versionName: "WHO_V1",
  version: 1,
  procedures,
} satisfies Program;

async function serving(answer: number): Promise<Server> {
  const server = new Server().implement(program, { who: () => answer });
  await server.listen("tcp://127.0.0.1:0");
  return server;
}

function portOf(server: Server): number {
  const [address] = server.addresses;
  return address !== undefined && "port" in address ? address.port : 0;
}

peerSuite(natsServerMissing(), () => {
  test("with NATS, clients follow servers that join and leave, and no call fails", async () => {
    await using nats = await startNatsServer();
    const url = `nats://127.0.0.1:${nats.port}`;
    await using here = await openDirectory(url);
    await using there = await openDirectory(url);
    await using one = await serving(1);
    const two = await serving(2);
    await here.register("/services/who", one);
    await here.register("/services/who", two);
    await using client = createClient(program, "dir:/services/who", { directory: there });
    const ask = async (calls: number): Promise<string> => {
      const answers = new Set<number>();
      for (let call = 0; call < calls; call++) answers.add(await client.who(0));
      return [...answers].sort().join();
    };
    assert.equal(await ask(10), "1,2");
    const closing = two.close();
    for (let round = 0; round < 20; round++, await sleep(10)) await ask(5);
    await closing;
    assert.equal(await ask(10), "1");
    await using three = await serving(3);
    await here.register("/services/who", three);
    await until(
      async () => (await ask(10)) === "1,3",
      () => "calls to reach the new server",
    );
  });
});

peerSuite(dnsServerMissing(), () => {
  test("with DNS, clients follow the zone", async () => {
    await using one = await serving(1);
    await using two = await serving(2);
    const records = (...servers: Server[]): string[] =>
      servers.map((server) => `_who._tcp.services SRV 0 1 ${portOf(server)} localhost.`);
    await using dns = await startDnsServer(records(one));
    await using directory = await openDirectory(`${dns.url}?interval=100`);
    await using client = createClient(program, "dir:/services/who", { directory });
    assert.equal(await client.who(0), 1);
    await dns.write(records(two));
    await until(
      async () => (await client.who(0)) === 2,
      () => "calls to reach the server of the new zone",
    );
    await dns.write([]);
    await until(
      () =>
        client.who(0).then(
          () => false,
          () => true,
        ),
      () => "a call to find no server",
    );
    await assert.rejects(client.who(0), (error: Error & { mayHaveRun?: boolean }) => {
      assert.equal(error.mayHaveRun, false);
      assert.equal((error.cause as { code?: string }).code, "DIRECTORY_NO_SERVER");
      return true;
    });
  });
});
