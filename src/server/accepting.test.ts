import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import type { Address } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import { MemoryNetwork } from "../transport/memory.js";
import { openConnection } from "../transport/open.js";
import { Doorkeeper } from "./accepting.js";
import { Server } from "./server.js";

function from(remote: Address): Connection {
  return { info: { remote } } as Connection;
}

test("a doorkeeper takes callers of this machine, refuses others and counts them", () => {
  const keeper = new Doorkeeper();
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  const local: Address[] = [
    { kind: "unix", path: "" },
    { kind: "memory", name: "pair" },
    ...["127.0.0.1", "127.9.9.9", "::1", ...own.filter((host) => !host.startsWith("fe80"))].map(
      (host) => ({ kind: "tcp", host, port: 7 }) as const,
    ),
  ];
  for (const remote of local) assert.equal(keeper.refusal(from(remote)), undefined, JSON.stringify(remote));
  assert.equal(keeper.refused, 0);
  for (const host of ["192.0.2.77", "2001:db8::77"]) {
    const refusal = keeper.refusal(from({ kind: "udp", host, port: 7 }));
    assert.equal(refusal?.code, "TRANSPORT_NOT_LOCAL");
    assert.match(refusal?.message ?? "", /77\]?:7 was refused.*accept: "local"/);
  }
  assert.equal(keeper.refused, 2);
});

test("a server for this machine serves it, by TCP and UDP, on all addresses", async () => {
  await using server = new Server().implement(adder, adding());
  for (const transport of ["tcp", "udp"]) {
    const { address } = await server.listen(`${transport}://0.0.0.0:0`, { accept: "local" });
    assert.ok("port" in address);
    await using peer = new Peer(await openConnection(`${transport}://127.0.0.1:${address.port}`));
    assert.equal(await call(peer, "add", [{ a: 1, b: 2 }]), 3);
  }
  assert.equal(server.refusedStrangers, 0);
});

test("accept is local or network", async () => {
  const server = new Server();
  await assert.rejects(server.listen("tcp://127.0.0.1:0", { accept: "lan" as never }), (error) => {
    return error instanceof TypeError && /options\.accept.*"local" or "network"/.test(error.message);
  });
  assert.deepEqual(server.addresses, []);
});

for (const url of ["tcp://0.0.0.0:0", "udp://0.0.0.0:0", "tcp://[::]:0", "tcp://192.0.2.1:0", "tcp://any-name:0"]) {
  test(`listen(${JSON.stringify(url)}) without accept is a TypeError that names both choices, and opens nothing`, async () => {
    await using server = new Server();
    await assert.rejects(server.listen(url), (error) => {
      assert.ok(error instanceof TypeError);
      assert.ok(error.message.startsWith(`options.accept is required for ${url}`), error.message);
      return /accept: "network".*accept: "local"/.test(error.message);
    });
    assert.deepEqual(server.addresses, []);
  });
}

test("accept may be left out for loopback, Unix sockets and memory", async () => {
  await using server = new Server();
  const path = join(mkdtempSync(join(tmpdir(), "accept-")), "socket");
  const network = new MemoryNetwork();
  for (const url of ["tcp://127.0.0.1:0", "udp://127.0.0.1:0", "tcp://localhost:0", "memory:accept", `unix:${path}`]) {
    await server.listen(url, { network });
  }
  assert.equal(server.addresses.length, 5);
});

test("an inherited socket is judged by where it listens, and not by the address that the program names", async (t) => {
  const outer = createServer().listen(0, "0.0.0.0");
  t.after(() => outer.close());
  await once(outer, "listening");
  const { fd } = (outer as unknown as { _handle: { fd: number } })._handle;
  const program = `import { Server } from ${JSON.stringify(new URL("./server.js", import.meta.url).href)};
    const server = new Server();
    await server.listen("tcp://127.0.0.1:0", { fd: 3 }).catch((error) => console.log(error.name, error.message));
    console.log(server.addresses.length);
    await server.close();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit", fd],
  });
  const output = await text(child.stdout as Readable);
  assert.match(output, /^TypeError options\.accept is required for tcp:\/\/0\.0\.0\.0:\d+.*\n0\n$/);
});
