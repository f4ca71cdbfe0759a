// Broadcasts between two machines, here two network namespaces joined by a virtual cable: ours finds C servers behind
// Debian's rpcbind, and Debian's rpcinfo finds ours behind ours. Over IPv4, and over IPv6 by ff02::202.
import assert from "node:assert/strict";
import { register } from "lupine";
import { broadcast, procedureOf } from "lupine/binding";
import { lupine, lupineRpcbind } from "./harness/binders.js";
import { far, layCable, startFar } from "./harness/cable.js";
import { peerServer } from "./harness/compile.js";
import { enterNamespace, insideNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, until } from "./harness/processes.js";
import { peerService } from "./harness/service.js";
import { PEER_PROG, PEER_V1 } from "./peer.gen.js";

enterNamespace(import.meta.url);
if (insideNamespace()) layCable();

const program = String(PEER_PROG.number);
const add = procedureOf(PEER_V1, "add");
async function broadcastAdd(interfaces?: readonly string[]): Promise<string[]> {
  const hosts: string[] = [];
  for await (const { from, result } of broadcast(add, [{ a: 20, b: 22 }], { timeout: 1_500, interfaces })) {
    assert.equal(result, 42);
    assert.ok("host" in from);
    hosts.push(from.host.replace(/^fe80:.*/, "link-local"));
  }
  return hosts.sort();
}

peerTest(
  "our broadcast finds a C server behind Debian's rpcbind on another machine",
  ["c", "rpcbind", "namespace"],
  async () => {
    // One shell for both, because they meet at /run/rpcbind.sock.
    const both = 'rpcbind -f -r & b=$!; sleep 0.5; "$0" udp & s=$!; trap "kill $b $s" TERM; wait $s; wait $b';
    await using _far = startFar("sh", "-c", both, peerServer());
    await until(
      async () => ((await broadcastAdd()).includes("192.0.2.2") ? true : undefined),
      () => "an answer of the C server",
    );
    assert.ok((await broadcastAdd(["near"])).includes("192.0.2.2"));
    // Over IPv6 as well, though Debian's rpcbind is not in the group of binders.
    assert.ok((await broadcastAdd(["near"])).includes("link-local"));
    const { status, output } = await run(process.execPath, [
      lupine,
      "info",
      "--broadcast",
      program,
      "1",
      "--timeout",
      "1",
    ]);
    assert.equal(status, 0);
    assert.match(output, /^192\.0\.2\.2\.\d+\.\d+ /m);
  },
);

peerTest(
  "rpcinfo's broadcast finds our server behind our rpcbind on another machine",
  ["rpcbind", "namespace"],
  async () => {
    await using _rpcbind = await lupineRpcbind(["--remote-calls"]);
    await using server = peerService();
    for (const url of ["udp://0.0.0.0:2002", "udp://[::1]:2003"]) await server.listen(url, { accept: "local" });
    await register(server, { binder: "unix:/run/rpcbind.sock" });
    const { output } = await run("timeout", ["4", ...far, "stdbuf", "-oL", "rpcinfo", "-b", program, "1"]);
    assert.match(output, /192\.0\.2\.1\.7\.210/);
    const ours = await run("timeout", [
      "20",
      ...far,
      process.execPath,
      lupine,
      "info",
      "-b",
      program,
      "1",
      "--timeout",
      "2",
    ]);
    assert.match(ours.output, /^192\.0\.2\.1\.7\.210 /m);
    assert.match(ours.output, /udp:\/\/\[(fe80|2001:db8):.*\]:2003/);
  },
);

peerTest(
  "our rpcbind answers broadcasts over IPv6 on a network that came up after it was started",
  ["rpcbind", "namespace"],
  async () => {
    await using _rpcbind = await lupineRpcbind(["--remote-calls"]);
    await using server = peerService();
    await server.listen("udp://[::1]:2003");
    await register(server, { binder: "unix:/run/rpcbind.sock" });
    for (const command of [
      "ip link add late type veth peer name early netns far",
      "ip link set late up",
      "ip netns exec far ip link set early up",
    ]) {
      assert.equal((await run("sh", ["-c", command])).status, 0, command);
    }
    const isMember = async (): Promise<true | undefined> => {
      const { output } = await run("grep", ["-c", "late .*ff020000000000000000000000000202", "/proc/net/igmp6"]);
      return output.trim() === "1" ? true : undefined;
    };
    await until(isMember, () => "rpcbind to join the group on the new interface");
    const words = ["info", "-b", program, "1", "--interfaces", "early", "--timeout", "2"];
    const { output } = await run("ip", [...far.slice(1), process.execPath, lupine, ...words]);
    assert.match(output, /udp:\/\/\[fe80:.*\]:2003/);
  },
);

peerTest("nobody answers a broadcast while remote calls are off", ["rpcbind", "namespace"], async () => {
  await using _rpcbind = await lupineRpcbind();
  await using server = peerService();
  await server.listen("udp://0.0.0.0:2002", { accept: "network" });
  await register(server, { binder: "unix:/run/rpcbind.sock" });
  const { status, output } = await run("timeout", [
    "20",
    ...far,
    process.execPath,
    lupine,
    "info",
    "-b",
    program,
    "1",
    "--timeout",
    "1",
  ]);
  assert.equal(status, 4);
  assert.match(output, /no answer to the broadcast/);
});
