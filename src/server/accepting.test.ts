import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import type { Address } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import { openConnection } from "../transport/open.js";
import { Doorkeeper } from "./accepting.js";
import { Server } from "./server.js";

type Warning = Error & { readonly code?: string };

async function warningsOf(work: () => Promise<unknown>): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const note = (warning: Warning): number => warnings.push(warning);
  process.on("warning", note);
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  return warnings;
}

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

test("an address that is open to others without a word about it is warned of, once for the process", async () => {
  await using server = new Server();
  const quiet = await warningsOf(async () => {
    await server.listen("tcp://127.0.0.1:0");
    await server.listen("tcp://0.0.0.0:0", { accept: "network" });
    await server.listen("udp://0.0.0.0:0", { accept: "local" });
  });
  assert.deepEqual(quiet, []);
  const warnings = await warningsOf(async () => {
    await server.listen("tcp://0.0.0.0:0");
    await server.listen("udp://0.0.0.0:0");
  });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["LUPINE_ACCEPT"],
  );
  assert.match(
    warnings[0]?.message ?? "",
    /^tcp:\/\/0\.0\.0\.0:\d+ is open to every machine.*accept: "network", or "local"/,
  );
});
