import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import { systemClock } from "../../base/clock.js";
import { createClientWith } from "../../client/index.js";
import type { IncomingCall } from "../../rpc/call.js";
import { RpcRefused } from "../../rpc/errors.js";
import { FakeClock } from "../../testing/fake-clock.js";
import fc from "../../testing/fast-check.test-support.js";
import type { Address } from "../../transport/address.js";
import { XdrWriter } from "../../xdr/writer.js";
import { DIRECTORY_V1 } from "../directory.gen.js";
import { type DirectoryEvent, formatDirectoryEvent } from "./events.js";
import { defaultDirectoryRate } from "./limits.js";
import { Policy } from "./policy.js";
import { Procedures } from "./procedures.js";
import { startDirectory } from "./server.js";
import { newEpoch, ServiceTable } from "./table.js";

const limits = { entries: 20, perPath: 10, watches: 5, watchesPerConnection: 3, wait: 1 };

const path = fc.oneof(
  fc.constantFrom("/a", "/a/b", "/", "", "/__proto__", "/constructor", "/a/../b", `/${"x".repeat(254)}`),
  fc.string({ maxLength: 60 }),
);
const id = fc.oneof(fc.constantFrom("1", "2", "3", "__proto__", ""), fc.string({ maxLength: 16 }));
const address = fc.oneof(
  fc.constantFrom(
    "tcp://0.0.0.0:1",
    "udp://[::]:2",
    "tcp://10.0.0.7:2049",
    "localhost",
    "unix:/x",
    "memory:x",
    "0.0.0.0",
  ),
  fc.constantFrom(
    "tcp://[fe80::1%25eth0]:5",
    "10.0.0.7.8.1",
    "tcp://a:65536",
    "tcp://",
    "://",
    "\u0000",
    "tcp://[::]:0",
  ),
  fc.string({ maxLength: 40 }),
);
const word = fc.oneof(fc.constantFrom(0, 1, 65_535, 65_536, 0xffff_ffff, 1_000), fc.nat({ max: 0xffff_ffff }));
const entry = fc.record({
  id,
  versions: fc.array(fc.record({ program: word, version: word }), { maxLength: 3 }),
  addresses: fc.array(address, { maxLength: 4 }),
  priority: word,
  weight: word,
});
const hyper = fc.oneof(fc.constantFrom(0n, 1n, 2n), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const call = fc.oneof(
  fc.record({ name: fc.constant("register" as const), args: fc.tuple(fc.record({ path, entry, lease: word })) }),
  fc.record({ name: fc.constant("withdraw" as const), args: fc.tuple(path, id) }),
  fc.record({ name: fc.constant("lookup" as const), args: fc.tuple(path) }),
  fc.record({
    name: fc.constant("watch" as const),
    args: fc.tuple(fc.record({ path, known: fc.record({ epoch: hyper, change: hyper }), wait: word })),
  }),
  fc.record({ name: fc.constant("list" as const), args: fc.tuple(fc.record({ folder: path, after: path })) }),
);

const peers: { readonly remote: Address; readonly local?: Address }[] = [
  { remote: { kind: "tcp", host: "127.0.0.1", port: 9 }, local: { kind: "tcp", host: "127.0.0.1", port: 1 } },
  { remote: { kind: "tcp", host: "203.0.113.9", port: 9 }, local: { kind: "tcp", host: "192.0.2.1", port: 1 } },
  { remote: { kind: "tcp", host: "2001:db8::9", port: 9 }, local: { kind: "tcp", host: "2001:db8::1", port: 1 } },
  { remote: { kind: "tcp", host: "fe80::9%eth0", port: 9 } },
  { remote: { kind: "udp", host: "127.0.0.1", port: 9 }, local: { kind: "udp", host: "0.0.0.0", port: 1 } },
  { remote: { kind: "udp", host: "203.0.113.9", port: 9 }, local: { kind: "udp", host: "0.0.0.0", port: 1 } },
  { remote: { kind: "unix", path: "/x" } },
];

test("whatever is asked of a directory, it answers with something that goes on the wire, and stays in its limits", async () => {
  const step = fc.record({ call, from: fc.nat({ max: peers.length - 1 }), leaves: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const table = new ServiceTable(newEpoch(), limits);
      const rules = {
        policy: new Policy({ registrants: "any" }),
        grace: 1,
        settling: 0,
        clock: systemClock,
        log: () => {},
        rate: defaultDirectoryRate,
      } as const;
      const procedures = new Procedures(table, rules);
      const answers: Promise<void>[] = [];
      for (const { call: made, from, leaves } of steps) {
        const peer = peers[from] as (typeof peers)[number];
        answers.push(
          answered(procedures, made.name, made.args, {
            remote: peer.remote,
            peer,
            identity: { flavor: 0 },
          } as unknown as IncomingCall),
        );
        if (leaves) procedures.disconnected(peer);
        assert.ok(table.size <= limits.entries);
        assert.ok(procedures.watches.size <= limits.watches);
      }
      procedures.close();
      // Those whose connection was lost get none.
      await Promise.race([Promise.all(answers), new Promise((resolve) => setTimeout(resolve, 5))]);
    }),
    { numRuns: 300 },
  );
});

async function answered(at: Procedures, name: string, args: readonly unknown[], call: IncomingCall): Promise<void> {
  const procedure = DIRECTORY_V1.procedures[name as "lookup"];
  const method = at.implementation[name as "lookup"] as (...args: unknown[]) => unknown;
  try {
    const result = await method(...args, call);
    procedure.result.encode(new XdrWriter(), result as never);
  } catch (error) {
    // Off-host datagrams only.
    assert.ok(error instanceof RpcRefused || (error as { reason?: unknown }).reason !== undefined, String(error));
    assert.ok(call.remote.kind === "udp" && call.remote.host === "203.0.113.9", String(error));
  }
}

test("a source that calls too often is refused, and told of once", async () => {
  const events: string[] = [];
  const rate = { perSecond: 10, burst: 5, sources: 4 };
  const rules = {
    policy: new Policy({ registrants: "any" }),
    grace: 1,
    settling: 0,
    clock: systemClock,
    log: (event: { kind: string }) => events.push(event.kind),
    rate,
  } as const;
  const procedures = new Procedures(new ServiceTable(newEpoch()), rules);
  const far = peers[1] as (typeof peers)[number];
  const near = peers[0] as (typeof peers)[number];
  const statuses = (peer: typeof far) =>
    Array.from({ length: 20 }, () => {
      const answer = procedures.implementation.lookup("/a", {
        remote: peer.remote,
        peer,
        identity: { flavor: 0 },
      } as unknown as IncomingCall);
      return (answer as { status: number }).status;
    });
  const refusals = statuses(far).filter((status) => status === 3).length;
  assert.ok(refusals >= 14 && refusals <= 15, `${refusals}`);
  assert.equal(statuses(near).filter((status) => status !== 0).length, 0);
  assert.deepEqual(events, ["flood"]);
});

test("a directory that accepts registrations only from its own machine refuses those of others", () => {
  const rules = {
    policy: new Policy({}),
    grace: 1,
    settling: 0,
    clock: systemClock,
    log: () => {},
    rate: defaultDirectoryRate,
  } as const;
  const procedures = new Procedures(new ServiceTable(newEpoch()), rules);
  const what = {
    path: "/a",
    entry: { id: "1", versions: [], addresses: ["10.0.0.7"], priority: 0, weight: 1 },
    lease: 1_000,
  };
  const statusFrom = (peer: (typeof peers)[number]) => {
    const answer = procedures.implementation.register(what, {
      remote: peer.remote,
      peer,
      identity: { flavor: 0 },
    } as unknown as IncomingCall);
    return (answer as { status: number }).status;
  };
  assert.equal(statusFrom(peers[1] as never), 5);
  assert.equal(statusFrom(peers[0] as never), 0);
  assert.equal(statusFrom(peers[6] as never), 0);
  procedures.close();
});

test("idle connections of one machine, more than are allowed, keep nobody of it out", async (t) => {
  await using directory = await startDirectory({ port: 0, binder: "none", maxConnectionsPerAddress: 8 });
  const { port } = new URL(directory.url);
  for (let i = 0; i < 20; i++) {
    const socket = connect(Number(port), "127.0.0.1").resume();
    t.after(() => socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "connect");
  }
  await using client = createClientWith({}, DIRECTORY_V1, directory.url);
  assert.equal((await client.list({ folder: "/", after: "" })).status, 0);
});

test("one host causes a bounded number of log lines, whatever it is refused, and leaves those of others alone", async () => {
  const events: DirectoryEvent[] = [];
  const rules = {
    policy: new Policy({}),
    rate: defaultDirectoryRate,
    grace: 0,
    settling: 0,
    log: (event: DirectoryEvent) => events.push(event),
    clock: new FakeClock(),
  };
  const procedures = new Procedures(new ServiceTable(newEpoch()), rules);
  const entry = { id: "1", versions: [], addresses: ["tcp://127.0.0.1:1"], priority: 0, weight: 1 };
  const registers = (path: string, from: Address) =>
    procedures.implementation.register({ path, entry, lease: 1_000 }, {
      remote: from,
      peer: { remote: from },
      identity: { flavor: 0 },
    } as unknown as IncomingCall);
  const own = { kind: "tcp", host: "127.0.0.1", port: 9 } as const;
  for (let at = 0; at < 5_000; at++) await registers("bad", own);
  assert.equal(events.length, 1_000);
  await registers("bad", { kind: "tcp", host: "203.0.113.9", port: 9 });
  await registers("/good", own);
  assert.deepEqual(
    events.slice(1_000).map(({ kind, omitted }) => [kind, omitted]),
    [
      ["refused", 4_000],
      ["joined", undefined],
    ],
  );
  assert.match(formatDirectoryEvent(events[1_000] as DirectoryEvent), /\(4000 more were left out before\)$/);
  procedures.close();
});
