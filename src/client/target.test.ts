import assert from "node:assert/strict";
import test from "node:test";
import { destinationOf } from "./target.js";
import { traitsOf } from "./target-traits.js";

test("an address is taken as it is, a host is to be looked up", () => {
  const fixed = { kind: "fixed", address: { kind: "tcp", host: "127.0.0.1", port: 2049 } };
  assert.deepEqual(destinationOf("tcp://127.0.0.1:2049", {}), fixed);
  assert.deepEqual(destinationOf("127.0.0.1.8.1", {}), fixed);
  assert.deepEqual(destinationOf({ kind: "tcp", host: "127.0.0.1", port: 2049 }, {}), fixed);
  assert.deepEqual(destinationOf("localhost", {}), { kind: "lookup", host: "localhost", transport: "tcp" });
  assert.deepEqual(destinationOf("::1", {}), { kind: "lookup", host: "::1", transport: "tcp" });
});

test("the transport of a look-up comes from the address, then the option, then the netid", () => {
  const transportOf = (...args: Parameters<typeof destinationOf>) => {
    const destination = destinationOf(...args);
    return destination.kind === "lookup" ? destination.transport : "none";
  };
  assert.equal(transportOf("udp://localhost", { transport: "tcp" }), "udp");
  assert.equal(transportOf("localhost", { transport: "unix", netid: "udp" }), "unix");
  assert.equal(transportOf("localhost", { netid: "udp6" }), "udp");
  assert.equal(transportOf("localhost", { netid: "local" }), "unix");
  assert.equal(transportOf("10.0.0.1", { netid: "tcp" }), "tcp");
});

test("a universal address belongs to the netid that is given", () => {
  assert.deepEqual(destinationOf("10.0.0.1.8.1", { netid: "udp" }), {
    kind: "fixed",
    address: { kind: "udp", host: "10.0.0.1", port: 2049 },
  });
  assert.deepEqual(destinationOf("::1.8.1", { netid: "udp6" }), {
    kind: "fixed",
    address: { kind: "udp", host: "::1", port: 2049 },
  });
  assert.deepEqual(destinationOf("/run/x.sock", { netid: "local" }), {
    kind: "fixed",
    address: { kind: "unix", path: "/run/x.sock" },
  });
});

test("what is no address or no netid is refused", () => {
  const isBad = { code: "TRANSPORT_BAD_ADDRESS" };
  assert.throws(() => destinationOf("http://localhost", {}), isBad);
  assert.throws(() => destinationOf("::1.8.1", { netid: "tcp" }), isBad);
  assert.throws(() => destinationOf("localhost", { netid: "ticlts" }), isBad);
});

test("a value that is not a target is a TypeError that shows it", () => {
  const values = [5, null, undefined, true, {}, { hots: "x" }, { kind: "tcp", host: "::1" }, { kind: "unix" }];
  for (const value of values) {
    assert.throws(() => traitsOf(value as never, {}), {
      name: "TypeError",
      message: /^the target is .*; give an address/,
    });
  }
  assert.throws(() => traitsOf(["tcp://[::1]:1", 5] as never, {}), /the target is 5; give an address/);
});

test("a service of a directory is no address, and the message says who takes it", () => {
  assert.throws(() => destinationOf("dir:/services/add", {}), {
    code: "TRANSPORT_BAD_ADDRESS",
    message: "dir:/services/add is a service, not an address: give it to createClient",
  });
});
