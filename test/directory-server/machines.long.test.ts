// A directory and its servers on two machines, here two network namespaces joined by a virtual cable.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createClient } from "lupine";
import { openDirectory } from "lupine/directory";
import { lupine } from "../interop/harness/binders.js";
import { cutCable, far, layCable, mendCable, startFar } from "../interop/harness/cable.js";
import { peerServer } from "../interop/harness/compile.js";
import { enterNamespace, insideNamespace } from "../interop/harness/namespace.js";
import { peerTest } from "../interop/harness/peers.js";
import { type Running, run, start, until } from "../interop/harness/processes.js";
import { PEER_V1 } from "../interop/peer.gen.js";
import { serve } from "./processes.js";

enterNamespace(import.meta.url);
if (insideNamespace()) layCable();

const path = "/services/time";
const near = "tcp://192.0.2.1:10112";

/** `lupine directory register` on the far machine, or here. */
async function registered(start: (...command: string[]) => Running, address: string, directory = near) {
  const what = [path, address, "--program", "300123.1", "--no-probe", "--directory", directory];
  const running = start(process.execPath, lupine, "directory", "register", ...what);
  await running.printed(/registered/);
  return running;
}

const startNear = (command: string, ...args: string[]): Running => start(command, args);

async function addressesSeenBy(directory: string, before: readonly string[] = []): Promise<string[]> {
  const look = [process.execPath, lupine, "directory", "lookup", path, "--json", "--directory", directory];
  const [command = "", ...args] = [...before, ...look];
  const { output } = await run(command, args);
  const [line = ""] = output.split("\n");
  return (JSON.parse(line) as { addresses: string[] }[]).flatMap(({ addresses }) => addresses).sort();
}

peerTest("each machine is told addresses by which it can reach the servers", ["namespace"], async () => {
  await using _directory = await serve(["--all", "--registrants", "any"], "10112");
  await using _one = await registered(startFar, "tcp://0.0.0.0:1001");
  await using _two = await registered(startFar, "tcp://127.0.0.1:1002");
  await using _three = await registered(startNear, "tcp://0.0.0.0:1003", "tcp://127.0.0.1:10112");
  await using _four = await registered(startNear, "tcp://127.0.0.1:1004", "tcp://127.0.0.1:10112");
  const both = "tcp://192.0.2.2:1001";
  const here = [both, "tcp://127.0.0.1:1003", "tcp://127.0.0.1:1004"];
  assert.deepEqual(await addressesSeenBy("tcp://127.0.0.1:10112"), here.sort());
  const there = [both, "tcp://127.0.0.1:1002", "tcp://192.0.2.1:1003"];
  assert.deepEqual(await addressesSeenBy(near, far), there.sort());
  // Its own machine, by the address that others use.
  const own = [both, "tcp://127.0.0.1:1004", "tcp://192.0.2.1:1003"];
  assert.deepEqual(await addressesSeenBy(near), own.sort());
  // A listener on all of IPv4 cannot be reached where the directory is reached by IPv6 only: any address of IPv4 will do.
  const version6 = await addressesSeenBy("tcp://[2001:db8::1]:10112", far);
  assert.ok(version6.includes("tcp://192.0.2.1:1003"), version6.join());
});

peerTest("over IPv6 a server at every address gets the address of IPv6 that it came from", ["namespace"], async () => {
  await using _directory = await serve(["--all", "--registrants", "any"], "10112");
  await using _one = await registered(startFar, "tcp://[::]:1001", "tcp://[2001:db8::1]:10112");
  assert.deepEqual(await addressesSeenBy(near), ["tcp://[2001:db8::2]:1001"]);
});

peerTest(
  "a host alone finds the directory of another machine at its port, without any rpcbind",
  ["namespace"],
  async () => {
    await using _directory = await serve(["--all", "--registrants", "any"], "10112");
    await using _one = await registered(startFar, "tcp://0.0.0.0:1001", "192.0.2.1");
    assert.deepEqual(await addressesSeenBy("192.0.2.1", far), ["tcp://192.0.2.2:1001"]);
  },
);

peerTest("another machine cannot take over or withdraw what this one has registered", ["namespace"], async () => {
  await using _directory = await serve(["--all", "--registrants", "any"], "10112");
  await using _one = await registered(startNear, "tcp://192.0.2.1:1001", "tcp://127.0.0.1:10112");
  await using directory = await openDirectory("tcp://127.0.0.1:10112");
  const [entry] = await directory.lookup(path);
  const script = `
    const { openDirectory } = await import("lupine/directory");
    const directory = await openDirectory("${near}");
    const [entry] = await directory.lookup("${path}");
    await directory.engine.announce("${path}", { ...entry, addresses: ["tcp://192.0.2.2:666"] }, { lease: 3000 })
      .then(() => console.log("taken over"), (error) => console.log(error.code));
    await directory.close();`;
  const [command = "", ...args] = [...far, process.execPath, "--input-type=module", "-e", script];
  const { output } = await run(command, args);
  assert.equal(output, "DIRECTORY_REFUSED\n");
  assert.deepEqual(await directory.lookup(path), [entry]);
});

peerTest("unless it is told otherwise other machines look up, and do not register", ["namespace"], async () => {
  await using _directory = await serve(["--all"], "10112");
  const what = [path, "tcp://0.0.0.0:1001", "--program", "300123.1", "--directory", near];
  const [command = "", ...args] = [...far, process.execPath, lupine, "directory", "register", ...what];
  const { status, output } = await run(command, args);
  assert.equal(status, 3);
  assert.match(output, /accepts registrations only from its own machine/);
  await using _one = await registered(startNear, "tcp://0.0.0.0:1001", "tcp://127.0.0.1:10112");
  assert.deepEqual(await addressesSeenBy(near, far), ["tcp://192.0.2.1:1001"]);
});

peerTest("a list or a secret lets another machine register, and nobody else", ["namespace"], async () => {
  const file = "/run/directory.secret";
  writeFileSync(file, `far ${"0123456789abcdef".repeat(2)}\n`, { mode: 0o600 });
  const what = [path, "tcp://0.0.0.0:1001", "--program", "300123.1", "--no-probe", "--directory", near];
  const ask = (...more: string[]) => [process.execPath, lupine, "directory", "register", ...what, ...more];
  const cases = [
    { server: ["--registrants", "192.0.2.0/24"], refused: undefined, more: [] },
    { server: ["--registrants", "192.0.2.3"], refused: /192\.0\.2\.2 is not among the machines/, more: undefined },
    { server: ["--secret-file", file], refused: /only from callers that prove/, more: ["--secret-file", file] },
  ];
  for (const { server, refused, more } of cases) {
    await using _directory = await serve(["--all", ...server], "10112");
    if (refused !== undefined) {
      const [command = "", ...args] = [...far, ...ask()];
      const { status, output } = await run(command, args);
      assert.equal(status, 3);
      assert.match(output, refused);
    }
    if (more === undefined) continue;
    const [command = "", ...args] = [...far, ...ask(...more)];
    await using holds = start(command, args);
    await holds.printed(/registered/);
    assert.deepEqual(await addressesSeenBy("tcp://127.0.0.1:10112"), ["tcp://192.0.2.2:1001"]);
  }
});

peerTest(
  "a C server that knows only its machine's rpcbind is called by the name of a service",
  ["c", "rpcbind", "namespace"],
  async () => {
    await using _directory = await serve(["--all", "--registrants", "any"], "10112");
    // One shell for both, because they meet at /run/rpcbind.sock.
    const both = 'rpcbind -f & b=$!; sleep 0.5; "$0" tcp & s=$!; trap "kill $b $s" TERM; wait $s; wait $b';
    await using _far = startFar("sh", "-c", both, peerServer());
    const program = `${PEER_V1.number}.${PEER_V1.version}`;
    const what = ["/services/peer", "192.0.2.2", "--program", program, "--directory", near];
    await using holds = start(process.execPath, [lupine, "directory", "register", ...what]);
    await holds.printed(/registered/);
    await using client = createClient(PEER_V1, "dir://192.0.2.1/services/peer");
    await until(
      () =>
        client.add({ a: 20, b: 22 }).then(
          (sum) => (sum === 42 ? true : undefined),
          () => undefined,
        ),
      () => "an answer of the C server",
    );
  },
);

peerTest("what clients see: a server killed, its network cut, and back again", ["namespace"], async () => {
  await using _directory = await serve(["--all", "--registrants", "any"], "10112");
  await using directory = await openDirectory("tcp://127.0.0.1:10112");
  let count = -1;
  const watch = await directory.engine.watch(path, (entries) => (count = entries.length), {});
  const seen = (wanted: number): Promise<boolean> =>
    until(
      () => count === wanted || undefined,
      () => `${wanted} servers; there are ${count}`,
    );
  const killed = await registered(startFar, "tcp://0.0.0.0:1001");
  await seen(1);
  killed.signal("SIGKILL");
  await seen(0);
  await killed.stop();
  await using _cut = await registered(startFar, "tcp://0.0.0.0:1002");
  await seen(1);
  cutCable();
  // With the lease, 3 seconds.
  await seen(0);
  mendCable();
  await seen(1);
  await watch.close();
});
