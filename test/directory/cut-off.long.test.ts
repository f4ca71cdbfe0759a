// Two machines, here two network namespaces joined by a virtual cable, which is pulled: no packet says that the other
// machine is gone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createClient } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { enterNamespace, insideNamespace } from "../interop/harness/namespace.js";
import { peerTest } from "../interop/harness/peers.js";
import { ending, until } from "../support/waiting.js";
import { startLoad, summary } from "./load.js";
import { startService } from "./service.js";

enterNamespace(import.meta.url);
if (insideNamespace()) layCable();

/** Near is 192.0.2.1, the machine "away" 192.0.2.2. */
function layCable(): void {
  const commands = [
    "ip netns add away",
    "ip link add near type veth peer name there netns away",
    "ip addr add 192.0.2.1/24 dev near",
    "ip link set near up",
    "ip netns exec away ip addr add 192.0.2.2/24 dev there",
    "ip netns exec away ip link set there up",
    "ip netns exec away ip link set lo up",
  ];
  for (const command of commands) spawnSync("sh", ["-c", command], { stdio: "inherit" });
}

function cable(state: "up" | "down"): void {
  spawnSync("ip", ["netns", "exec", "away", "ip", "link", "set", "there", state], { stdio: "inherit" });
}

const onFar = { on: ["ip", "netns", "exec", "away"], address: "tcp://192.0.2.2:0" } as const;

peerTest("a machine that is cut off: no call of an idempotent procedure fails", ["namespace"], async (t) => {
  await using service = await startService(1, { address: "tcp://192.0.2.1:0" }, "192.0.2.1");
  await service.server(2, onFar);
  await using client = createClient(ADD_VERS, service.target, { semantics: { add: "at-least-once" }, timeout: 60_000 });
  await using load = startLoad(500, (id) => client.add({ a: id, b: 0 }));
  const answeredBy = (number: number): number => load.byServer.get(number) ?? 0;
  await until(
    () => answeredBy(2) > 10,
    () => "the far machine to be called",
  );
  cable("down");
  const wanted = answeredBy(1) + 1_000;
  await until(
    () => answeredBy(1) >= wanted,
    () => `the near machine to get the calls: ${summary(load)}`,
  );
  const before = answeredBy(2);
  cable("up");
  await until(
    () => answeredBy(2) > before,
    () => "the machine that is back to be called",
  );
  await load.stop();
  t.diagnostic(summary(load));
  assert.deepEqual(load.errors, []);
});

peerTest("a machine that was never there costs a call no more than a moment", ["namespace"], async () => {
  await using service = await startService(1, { address: "tcp://192.0.2.1:0" }, "192.0.2.1");
  await service.server(2, onFar);
  cable("down");
  await using client = createClient(ADD_VERS, service.target, { timeout: 600_000, balance: "round-robin" });
  for (let i = 0; i < 20; i++) {
    assert.equal(await ending(client.add({ a: i, b: 0 }), `call ${i}`), 1);
  }
  cable("up");
});
