import assert from "node:assert/strict";
import test from "node:test";
import { hostFor } from "../../machine/host-for.js";
import type { Interface } from "../../machine/interfaces.js";
import { reachableAddress, type Viewpoint } from "./reachable.js";

const interfaces: Interface[] = [
  { address: "127.0.0.1", cidr: "127.0.0.1/8", internal: true },
  { address: "192.0.2.7", cidr: "192.0.2.7/24", internal: false },
  { address: "198.51.100.9", cidr: "198.51.100.9/24", internal: false },
  { address: "2001:db8::7", cidr: "2001:db8::7/64", internal: false },
];

function seen(netid: string, registered: string, from: Partial<Viewpoint>): string {
  const remote = { kind: "udp", host: "203.0.113.5", port: 900 } as const;
  return reachableAddress(netid, registered, { remote, hint: "", ...from }, () => interfaces);
}

test("a server on every interface is reached at the one that the question came in on", () => {
  const local = { kind: "tcp", host: "198.51.100.9", port: 111 } as const;
  assert.equal(seen("tcp", "0.0.0.0.8.1", { local }), "198.51.100.9.8.1");
});

test("a server on one interface keeps its address, and a socket file its path", () => {
  const local = { kind: "tcp", host: "198.51.100.9", port: 111 } as const;
  assert.equal(seen("tcp", "127.0.0.1.8.1", { local }), "127.0.0.1.8.1");
  assert.equal(seen("local", "/run/x.sock", { local }), "/run/x.sock");
});

test("where the interface is not known a caller of this machine gets the loopback address", () => {
  const remote = { kind: "udp", host: "127.0.0.1", port: 900 } as const;
  const local = { kind: "udp", host: "0.0.0.0", port: 111 } as const;
  assert.equal(seen("udp", "0.0.0.0.8.1", { remote, local }), "127.0.0.1.8.1");
  assert.equal(seen("udp6", "::.8.1", { remote: { kind: "unix", path: "/run/b" } }), "::1.8.1");
});

test("the caller's hint counts when it names an interface of ours, and not otherwise", () => {
  assert.equal(seen("udp", "0.0.0.0.8.1", { hint: "198.51.100.9.0.111" }), "198.51.100.9.8.1");
  assert.equal(seen("udp", "0.0.0.0.8.1", { hint: "203.0.113.99.0.111" }), "192.0.2.7.8.1");
  assert.equal(seen("udp", "0.0.0.0.8.1", { hint: "nonsense" }), "192.0.2.7.8.1");
});

test("a caller in one of our subnets gets our address in it", () => {
  const remote = { kind: "udp", host: "198.51.100.200", port: 900 } as const;
  assert.equal(seen("udp", "0.0.0.0.8.1", { remote }), "198.51.100.9.8.1");
});

test("an IPv6 registration is never answered with an IPv4 address", () => {
  assert.equal(seen("udp6", "::.8.1", {}), "2001:db8::7.8.1");
});

test("where the caller thinks that we are is not even read when the question came in at an address", () => {
  const remote = { kind: "tcp", host: "192.0.2.9", port: 700 } as const;
  const local = { kind: "tcp", host: "192.0.2.1", port: 111 } as const;
  const hinted = (): never => assert.fail("it takes longer than all the rest of an answer");
  assert.equal(hostFor(false, { remote, local, hinted }), "192.0.2.1");
});
