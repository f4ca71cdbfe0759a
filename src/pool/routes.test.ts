import assert from "node:assert/strict";
import { test } from "node:test";
import { type ReconnectingChannel, reach } from "../client/index.js";
import { Server } from "../server/index.js";
import { ending, until } from "../testing/waiting.test-support.js";
import { firstToConnect, usableAddresses } from "./routes.js";

const limits = { timeout: 5_000, patience: 50 };

function routeTo(address: string): ReconnectingChannel {
  return reach(address, {}, {}).channel as ReconnectingChannel;
}

test("TCP is taken first, then Unix sockets, then UDP; a transport that was asked for is taken alone", () => {
  const all = ["udp://10.0.0.1:1", "tcp://10.0.0.1:2", "unix:/run/a", "10.0.0.1", "udp://10.0.0.1"];
  assert.deepEqual(usableAddresses(all, undefined), ["tcp://10.0.0.1:2", "10.0.0.1"]);
  assert.deepEqual(usableAddresses(all, "udp"), ["udp://10.0.0.1:1", "10.0.0.1", "udp://10.0.0.1"]);
  assert.deepEqual(usableAddresses(all, "unix"), ["unix:/run/a", "10.0.0.1"]);
  assert.deepEqual(usableAddresses(["udp://10.0.0.1:1", "unix:/run/a"], undefined), ["unix:/run/a"]);
  assert.deepEqual(usableAddresses(["udp://10.0.0.1:1"], undefined), ["udp://10.0.0.1:1"]);
  assert.deepEqual(usableAddresses(["udp://10.0.0.1:1"], "tcp"), []);
});

test("addresses that are none, or of one process, are passed over", () => {
  assert.deepEqual(
    usableAddresses(["http://x/", "memory:x", "\0", "", "tcp://a:99999", "tcp://10.0.0.1:2"], undefined),
    ["tcp://10.0.0.1:2"],
  );
});

test("the first address that connects is taken, and one that is dead costs nothing", async () => {
  await using server = new Server();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const port = "port" in address ? address.port : 0;
  const routes = [routeTo("tcp://127.0.0.1:1"), routeTo(`tcp://127.0.0.1:${port}`), routeTo("tcp://127.0.0.1:2")];
  const connecting = firstToConnect(routes, { ...limits, patience: 600_000 });
  assert.equal(await ending(connecting, "the second address to be tried"), routes[1]);
  assert.deepEqual(
    routes.map(({ connected }) => connected),
    [false, true, false],
  );
  for (const route of routes) route.destroy();
});

test("an address that takes long is overtaken, and given up then", async () => {
  await using server = new Server();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const port = "port" in address ? address.port : 0;
  let given = 0;
  const slow = reach(
    "silent",
    {},
    {
      program: { name: "X", number: 1, versionName: "X", version: 1, procedures: {} },
      locate: ({ signal }) => {
        signal.addEventListener("abort", () => given++);
        return new Promise(() => undefined);
      },
    },
  ).channel as ReconnectingChannel;
  const fast = routeTo(`tcp://127.0.0.1:${port}`);
  assert.equal(await firstToConnect([slow, fast], limits), fast);
  await until(
    () => given === 1,
    () => "the slow address to be given up",
  );
  slow.destroy();
  fast.destroy();
});

test("with every address dead the last failure is told", async () => {
  const routes = [routeTo("tcp://127.0.0.1:1"), routeTo("tcp://127.0.0.1:2")];
  await assert.rejects(firstToConnect(routes, limits), { code: "RPC_DISCONNECTED" });
});
