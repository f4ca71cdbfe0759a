import assert from "node:assert/strict";
import test from "node:test";
import type { Address } from "../../transport/address.js";
import { type Caller, callerOf, isTheSameForAll, keptAddresses, toldAddresses } from "./addresses.js";
import { Registered } from "./registered.js";

const interfaces = () => [
  { address: "127.0.0.1", cidr: "127.0.0.1/8", internal: true },
  { address: "10.0.0.1", cidr: "10.0.0.1/24", internal: false },
  { address: "2001:db8::1", cidr: "2001:db8::1/64", internal: false },
];

function caller(remote: string | Address, local?: string): Caller {
  const address = typeof remote === "string" ? ({ kind: "tcp", host: remote, port: 999 } as const) : remote;
  const peer = { remote: address, ...(local === undefined ? {} : { local: { kind: "tcp", host: local, port: 1 } }) };
  return callerOf({ remote: address, peer: peer as never, identity: { flavor: 0 } }, interfaces);
}

const near = caller("127.0.0.1", "127.0.0.1");
const far = caller("10.0.0.9", "10.0.0.1");
const unix = caller({ kind: "unix", path: "/run/d.sock" });

function told(addresses: string[], from: Caller, to: Caller): readonly string[] {
  const kept = keptAddresses(addresses, from.origin);
  assert.ok(Array.isArray(kept), JSON.stringify(kept));
  const entry = { id: "1", versions: [], addresses: kept, priority: 0, weight: 1 };
  return toldAddresses(new Registered({ path: "/a", entry, origin: from.origin, lease: 1_000 }), to, interfaces);
}

test("all callers of the directory's own machine are one: loopback, Unix socket, its own addresses", () => {
  for (const one of [near, unix, caller("::1"), caller("10.0.0.1", "10.0.0.1")]) assert.equal(one.origin, "");
  assert.equal(far.origin, "10.0.0.9");
});

test("a wildcard of another machine gets the address that it called from", () => {
  assert.deepEqual(told(["tcp://0.0.0.0:2049", "udp://[::]:2050"], far, near), [
    "tcp://10.0.0.9:2049",
    "udp://10.0.0.9:2050",
  ]);
  const version6 = caller("2001:db8::9", "2001:db8::1");
  assert.deepEqual(told(["tcp://[::]:2049"], version6, near), ["tcp://[2001:db8::9]:2049"]);
  assert.deepEqual(told(["tcp://0.0.0.0:1", "tcp://[::]:2"], version6, near), ["tcp://[2001:db8::9]:2"]);
});

test("a wildcard of this machine is told as the address at which the caller has reached the directory", () => {
  assert.deepEqual(told(["tcp://0.0.0.0:2049"], near, far), ["tcp://10.0.0.1:2049"]);
  assert.deepEqual(told(["tcp://[::]:2049"], near, far), ["tcp://10.0.0.1:2049"]);
  assert.deepEqual(told(["tcp://[::]:2049"], near, caller("2001:db8::9", "2001:db8::1")), ["tcp://[2001:db8::1]:2049"]);
  assert.deepEqual(told(["tcp://0.0.0.0:2049"], near, near), ["tcp://127.0.0.1:2049"]);
  assert.deepEqual(told(["tcp://0.0.0.0:2049"], unix, unix), ["tcp://127.0.0.1:2049"]);
  assert.deepEqual(told(["0.0.0.0"], near, far), ["10.0.0.1"]);
});

test("addresses that mean the machine they are read on are told on that machine only", () => {
  const own = ["tcp://127.0.0.1:1", "tcp://[::1]:1", "unix:/run/x.sock", "localhost", "tcp://localhost:1"];
  for (const address of own) {
    assert.deepEqual(told([address], near, near), [address]);
    assert.deepEqual(told([address], near, far), []);
    assert.deepEqual(told([address], far, far), [address]);
    assert.deepEqual(told([address], far, near), []);
    assert.deepEqual(told([address], far, caller("10.0.0.8", "10.0.0.1")), []);
  }
});

test("names and plain addresses are told to all as they are", () => {
  const plain = ["tcp://time.example.org:2049", "10.0.0.7", "udp://[2001:db8::7]:5"];
  for (const one of [near, far, unix]) assert.deepEqual(told(plain, far, one), plain);
  const entry = { id: "1", versions: [], addresses: plain, priority: 0, weight: 1 };
  const item = (addresses: string[]) =>
    new Registered({ path: "/a", entry: { ...entry, addresses }, origin: "", lease: 1 });
  assert.equal(isTheSameForAll(item(plain)), true);
  for (const one of ["tcp://0.0.0.0:1", "localhost", "unix:/x"])
    assert.equal(isTheSameForAll(item([...plain, one])), false);
});

test("what nobody could call is not kept, and says why", () => {
  for (const [address, why] of [
    ["nonsense://x", /bad address/],
    ["tcp://10.0.0.7:0", /the port is 0/],
    ["memory:x", /cannot be reached/],
    ["", /bad address/],
  ] as const) {
    const kept = keptAddresses(["tcp://10.0.0.7:1", address], "");
    assert.match((kept as { why: string }).why, why);
  }
  assert.match((keptAddresses([], "") as { why: string }).why, /it has no address/);
  assert.match(
    (keptAddresses(["tcp://0.0.0.0:1"], "2001:db8::9") as { why: string }).why,
    /none of them can be reached/,
  );
});
