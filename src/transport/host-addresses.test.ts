import assert from "node:assert/strict";
import { test } from "node:test";
import { addressesToTry } from "./host-addresses.js";

test("the families of a name's addresses alternate, beginning with the first one's", () => {
  assert.deepEqual(addressesToTry(["::1", "::2", "10.0.0.1"]), ["::1", "10.0.0.1", "::2"]);
  assert.deepEqual(addressesToTry(["10.0.0.1", "::1", "::2"]), ["10.0.0.1", "::1", "::2"]);
  assert.deepEqual(addressesToTry([]), []);
});

test("of a name with thousands of addresses 64 are tried, of both families", () => {
  const version4 = Array.from({ length: 4_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
  const version6 = Array.from({ length: 4_000 }, (_, at) => `fd00::${at.toString(16)}`);
  const tried = addressesToTry([...version4, ...version6]);
  assert.equal(tried.length, 64);
  assert.equal(tried.filter((address) => address.includes(":")).length, 32);
});
