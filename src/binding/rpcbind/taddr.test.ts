import assert from "node:assert/strict";
import { endianness } from "node:os";
import test from "node:test";
import { fromTransportAddress, toTransportAddress } from "./taddr.js";

test("a universal address becomes the system's and back", () => {
  const texts: [string, string][] = [
    ["tcp", "127.0.0.1.8.1"],
    ["udp", "10.1.2.3.255.255"],
    ["tcp6", "::1.0.111"],
    ["udp6", "2001:db8::5:0:7.8.1"],
    ["tcp6", "::.8.1"],
    ["local", "/run/x.sock"],
  ];
  for (const [netid, text] of texts) assert.equal(fromTransportAddress(toTransportAddress(netid, text)), text);
});

test("an IPv4 address has the layout of sockaddr_in", () => {
  const family = endianness() === "LE" ? "0200" : "0002";
  const hex = Buffer.from(toTransportAddress("tcp", "127.0.0.1.8.1")).toString("hex");
  assert.equal(hex, `${family}08017f0000010000000000000000`);
});

test("bytes that are no address give an empty text", () => {
  for (const hex of ["", "02", "0200", "02000801", "0a000801", "ffffffffffffffff", "0a00".padEnd(46, "0")]) {
    assert.equal(fromTransportAddress(Buffer.from(hex, "hex")), "", hex);
  }
});
