import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import {
  type Address,
  formatAddress,
  fromUniversalAddress,
  type HostAddress,
  netidOf,
  parseAddress,
  socketAddress,
} from "./address.js";
import { toUniversalAddress } from "./universal-address.js";

const readable: ReadonlyArray<[string, Address | HostAddress]> = [
  ["tcp://127.0.0.1:2049", { kind: "tcp", host: "127.0.0.1", port: 2049 }],
  ["udp://host.example:0", { kind: "udp", host: "host.example", port: 0 }],
  ["tcp://[::1]:111", { kind: "tcp", host: "::1", port: 111 }],
  ["udp://[fe80::1%25eth0]:111", { kind: "udp", host: "fe80::1%eth0", port: 111 }],
  ["unix:/run/rpcbind.sock", { kind: "unix", path: "/run/rpcbind.sock" }],
  ["unix:near.sock", { kind: "unix", path: "near.sock" }],
  ["memory:adder", { kind: "memory", name: "adder" }],
  ["localhost", { kind: "host", host: "localhost" }],
  ["::1", { kind: "host", host: "::1" }],
  ["udp://localhost", { kind: "host", host: "localhost", transport: "udp" }],
];

for (const [text, address] of readable) {
  test(`${text} reads as its parts and is written the same again`, () => {
    assert.deepEqual(parseAddress(text), address);
    assert.equal(formatAddress(address), text);
  });
}

test("other spellings are read as well", () => {
  assert.deepEqual(parseAddress("127.0.0.1.3.233"), { kind: "tcp", host: "127.0.0.1", port: 1001 });
  assert.deepEqual(parseAddress("::1.3.233"), { kind: "tcp", host: "::1", port: 1001 });
  assert.deepEqual(parseAddress("/run/rpcbind.sock"), { kind: "unix", path: "/run/rpcbind.sock" });
  assert.deepEqual(parseAddress("unix:///run/a"), { kind: "unix", path: "/run/a" });
  assert.deepEqual(parseAddress("TCP://Host:1/"), { kind: "tcp", host: "Host", port: 1 });
  assert.deepEqual(parseAddress("[::1]"), { kind: "host", host: "::1" });
});

const unreadable = [
  ...["", " ", "tcp://:1", "tcp://host:65536", "tcp://host:-1", "tcp://host:", "tcp://::1:5", "tcp://[zz]:5"],
  ...["tcp://host:1/x", "http://host:1", "host:111", "300.1.1.1", "127.0.0.1.256.1", "unix:", "memory:", "a b"],
];

for (const text of unreadable) {
  test(`${JSON.stringify(text)} is refused, and the error says what is accepted`, () => {
    assert.throws(() => parseAddress(text), {
      code: "TRANSPORT_BAD_ADDRESS",
      message: /accepted are tcp:\/\/host:port/,
    });
  });
}

test("a host with a port but no scheme is told which scheme to write", () => {
  assert.throws(() => parseAddress("host:111"), /write tcp:\/\/host:111/);
});

test("universal addresses are written and read by netid", () => {
  const cases: ReadonlyArray<[string, string, Address]> = [
    ["tcp", "127.0.0.1.3.233", { kind: "tcp", host: "127.0.0.1", port: 1001 }],
    ["udp6", "::1.0.111", { kind: "udp", host: "::1", port: 111 }],
    ["local", "/run/rpcbind.sock", { kind: "unix", path: "/run/rpcbind.sock" }],
  ];
  for (const [netid, text, address] of cases) {
    assert.deepEqual(fromUniversalAddress(netid, text), address);
    assert.equal(toUniversalAddress(address), text);
    assert.equal(netidOf(address), netid);
  }
});

test("a universal address that does not fit its netid is refused", () => {
  const cases = [
    ["tcp", "::1.3.233"],
    ["udp6", "127.0.0.1.3.233"],
    ["tcp", "127.0.0.1"],
    ["tcp", "localhost.3.233"],
    ["tcp", "127.0.0.1.3.999"],
    ["sctp", "127.0.0.1.3.233"],
    ["local", ""],
  ] as const;
  for (const [netid, text] of cases) {
    assert.throws(() => fromUniversalAddress(netid, text), { code: "TRANSPORT_BAD_ADDRESS" }, `${netid} ${text}`);
  }
});

test("a host name and a memory name have no universal address", () => {
  const bad = { code: "TRANSPORT_BAD_ADDRESS" };
  assert.throws(() => toUniversalAddress({ kind: "tcp", host: "localhost", port: 1 }), bad);
  assert.throws(() => toUniversalAddress({ kind: "memory", name: "x" }), bad);
});

test("an IPv4 peer of an IPv6 socket is shown by its IPv4 address", () => {
  assert.deepEqual(socketAddress("tcp", "::ffff:10.0.0.1", 5), { kind: "tcp", host: "10.0.0.1", port: 5 });
  assert.deepEqual(socketAddress("udp", "::1", 5), { kind: "udp", host: "::1", port: 5 });
});

test("any IP address and port survive both spellings", () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(fc.constantFrom("tcp" as const, "udp" as const), host, fc.nat(65_535), (kind, host, port) => {
      const address = { kind, host, port };
      assert.deepEqual(parseAddress(formatAddress(address)), address);
      assert.deepEqual(fromUniversalAddress(netidOf(address), toUniversalAddress(address)), address);
    }),
  );
});

test("no text makes parseAddress fail in another way", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseAddress(text);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "TRANSPORT_BAD_ADDRESS");
      }
    }),
  );
});
