// Processes that a simulation has crashed: their calls never end, and must count nowhere but there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import { type Incarnation, simulateSeeds } from "../testing/index.js";
import { type ProcessClock, processTotal } from "../transport/budget.js";
import { Server } from "./server.js";

const totalOf = ({ clock }: Incarnation) => (clock as ProcessClock).total;

test("calls that a simulation leaves running count in the machine that made or ran them, and not in this process", async () => {
  const before = { calls: processTotal.calls, bytes: processTotal.bytes, servers: processTotal.relievable.size };
  const never = (): Promise<never> => new Promise(() => {});
  await simulateSeeds(5, async (world) => {
    const server = world.machine("server", ({ clock, network, datagrams }) => {
      const own = new Server({ clock }).implement(adder, adding({ later: never }));
      return Promise.all([network, datagrams].map((each) => own.listen("memory:add", { network: each })));
    });
    const client = world.machine("client", ({ clock, network, datagrams }) => {
      for (const each of [network, datagrams]) {
        const peer = new Peer(each.connect("add"), { clock });
        for (let i = 0; i < 20; i++) call(peer, "later", [i]).catch(() => undefined);
      }
    });
    await world.wait(50);
    const [ran, made] = [totalOf(server.now), totalOf(client.now)];
    assert.deepEqual([ran?.calls, ran?.relievable.size, made?.waiting?.calls], [40, 1, 40]);
    assert.ok((made?.bytes ?? 0) > 0, "arguments of calls that may have to be sent again");
    await server.restart(1);
    assert.equal(totalOf(server.now)?.calls, 0, "a new process holds nothing");
  });
  const after = { calls: processTotal.calls, bytes: processTotal.bytes, servers: processTotal.relievable.size };
  assert.deepEqual(after, before);
});
