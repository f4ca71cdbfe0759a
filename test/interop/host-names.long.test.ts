// Host names as real machines have them: several addresses, some of them dead, and localhost on a machine without an IPv4
// network. In a network of its own, whose /etc/hosts is the test's.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createClient } from "lupine";
import { lupine } from "./harness/binders.js";
import { cutCable, layCable, mendCable, startFar } from "./harness/cable.js";
import { enterNamespace, insideNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { until } from "./harness/processes.js";
import { peerService } from "./harness/service.js";
import { PEER_V1 } from "./peer.gen.js";

enterNamespace(import.meta.url);
if (insideNamespace()) {
  sh("printf 'hosts: files\\n' > /run/nsswitch.conf && mount --bind /run/nsswitch.conf /etc/nsswitch.conf");
  sh(": > /run/hosts && mount --bind /run/hosts /etc/hosts");
}

function sh(command: string): void {
  spawnSync("sh", ["-c", command], { stdio: "inherit" });
}

function setHosts(...lines: readonly string[]): void {
  writeFileSync("/etc/hosts", `${lines.join("\n")}\n`);
}

/** How many packets have left through the cable. */
function packetsSent(): number {
  const counts = /^ *near: *(.*)$/m.exec(readFileSync("/proc/net/dev", "utf8"))?.[1]?.trim().split(/ +/);
  return Number(counts?.[9]);
}

async function add(target: string): Promise<number> {
  await using client = createClient(PEER_V1, target, { timeout: 60_000 });
  return client.add({ a: 20, b: 22 });
}

/** A service on one address at a time, over both transports. */
async function withService(host: string, body: (port: number) => Promise<void>): Promise<void> {
  await using server = peerService();
  const { address } = await server.listen(`tcp://${host}:0`, { accept: "network" });
  const { port } = address as { port: number };
  await server.listen(`udp://${host}:${port}`, { accept: "network" });
  await body(port);
}

peerTest(
  "localhost is reached on a machine that has link-local IPv6 addresses and no others",
  ["namespace"],
  async () => {
    sh("ip link add idle type veth peer name loose && ip link set idle up && ip link set loose up");
    const hostsFiles = [["127.0.0.1 localhost"], ["127.0.0.1 localhost", "::1 localhost"], ["::1 localhost"], []];
    for (const lines of hostsFiles) {
      setHosts(...lines);
      for (const host of ["127.0.0.1", "[::1]"]) {
        await withService(host, async (port) => {
          assert.equal(await add(`tcp://localhost:${port}`), 42, `${host} with ${lines.join(", ")}`);
          assert.equal(await add(`udp://localhost:${port}`), 42, `${host} with ${lines.join(", ")}`);
        });
      }
    }
  },
);

peerTest("of a name's addresses the one that answers is called, over TCP and UDP", ["namespace"], async () => {
  setHosts("127.0.0.7 many.test", "127.0.0.8 many.test", "127.0.0.9 many.test", "::1 many.test");
  for (const host of ["127.0.0.8", "127.0.0.9", "[::1]"]) {
    await withService(host, async (port) => {
      assert.equal(await add(`tcp://many.test:${port}`), 42, host);
      assert.equal(await add(`udp://many.test:${port}`), 42, host);
    });
  }
});

peerTest(
  "a lost first packet to one of a name's addresses costs a second, and not the call",
  ["namespace"],
  async () => {
    layCable();
    setHosts("192.0.2.2 two.test", "127.0.0.9 two.test");
    await using far = startFar(process.execPath, lupine, "rpcbind", "--all");
    await far.printed(/rpcbind/);
    for (const target of ["tcp://two.test:111", "udp://two.test:111"]) {
      for (const waitForServer of [false, true]) {
        cutCable();
        const before = packetsSent();
        const connecting = connect(target, { waitForServer });
        await until(
          () => packetsSent() > before,
          () => "the first packet to be sent",
        );
        mendCable();
        await using channel = await connecting;
        assert.equal("host" in channel.remote && channel.remote.host, "192.0.2.2");
      }
    }
  },
);
