import assert from "node:assert/strict";
import { test } from "node:test";
import { reachableAddresses } from "./reachable.js";

const interfaces = () => [
  { address: "127.0.0.1", internal: true },
  { address: "10.0.0.7", internal: false },
  { address: "192.168.1.7", internal: false },
  { address: "fe80::1", internal: false },
  { address: "2001:db8::7", internal: false },
];
const at = (address: string, seen?: string, own = interfaces) => reachableAddresses([address], seen, own)[0];

test("a server at every address is told at the one that NATS sees", () => {
  assert.equal(at("tcp://0.0.0.0:1", "192.168.1.7"), "tcp://192.168.1.7:1");
  assert.equal(at("udp://[::]:1", "2001:db8::7"), "udp://[2001:db8::7]:1");
  assert.equal(at("tcp://[::]:1", "192.168.1.7"), "tcp://192.168.1.7:1");
  assert.equal(at("0.0.0.0", "10.0.0.7"), "10.0.0.7");
});

test("where NATS sees loopback, or an address that is not this machine's, its first one is told", () => {
  assert.equal(at("tcp://0.0.0.0:1", "127.0.0.1"), "tcp://10.0.0.7:1");
  assert.equal(at("tcp://0.0.0.0:1", "203.0.113.9"), "tcp://10.0.0.7:1");
  assert.equal(at("tcp://0.0.0.0:1", "2001:db8::7"), "tcp://10.0.0.7:1");
  assert.equal(at("tcp://[::]:1", "::1"), "tcp://10.0.0.7:1");
  assert.equal(at("tcp://[::]:1", "2001:db8::99"), "tcp://[2001:db8::7]:1");
  assert.equal(at("tcp://0.0.0.0:1"), "tcp://10.0.0.7:1");
});

test("a machine with nothing but loopback is told as such", () => {
  assert.equal(
    at("tcp://0.0.0.0:1", "127.0.0.1", () => interfaces().slice(0, 1)),
    "tcp://127.0.0.1:1",
  );
});

test("what names a host is left as it is, and none is told twice", () => {
  const given = ["tcp://0.0.0.0:1", "tcp://10.0.0.7:1", "tcp://example.org:1", "unix:/x", "tcp://127.0.0.1:1"];
  const told = ["tcp://10.0.0.7:1", "tcp://example.org:1", "unix:/x", "tcp://127.0.0.1:1"];
  assert.deepEqual(reachableAddresses(given, undefined, interfaces), told);
});
