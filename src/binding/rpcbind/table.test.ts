import assert from "node:assert/strict";
import test from "node:test";
import { thoroughTest } from "../../testing/count-of.test-support.js";
import { type BinderEntry, binderProgram, RegistrationTable, superuser, unknownOwner } from "./table.js";

const entry: BinderEntry = { program: 300_000, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "1000" };

test("a registration is found under its own version and transport only", () => {
  const table = new RegistrationTable();
  assert.equal(table.set(entry), undefined);
  assert.deepEqual(table.find(300_000, 1, "tcp"), entry);
  assert.equal(table.find(300_000, 2, "tcp"), undefined);
  assert.equal(table.find(300_000, 1, "udp"), undefined);
});

test("a look-up for any version prefers the exact one, then the highest", () => {
  const table = new RegistrationTable();
  for (const version of [2, 4, 3]) table.set({ ...entry, version, address: `0.0.0.0.8.${version}` });
  assert.equal(table.findAnyVersion(300_000, 3, "tcp")?.version, 3);
  assert.equal(table.findAnyVersion(300_000, 9, "tcp")?.version, 4);
  assert.equal(table.findAnyVersion(300_000, 9, "udp"), undefined);
});

test("setting the same thing twice is fine, another address or owner is not", () => {
  const table = new RegistrationTable();
  table.set(entry);
  assert.equal(table.set(entry), undefined);
  assert.equal(table.set({ ...entry, address: "0.0.0.0.8.2" }), "taken");
  assert.equal(table.set({ ...entry, owner: "1001" }), "taken");
  assert.equal(table.size, 1);
});

test("one owner cannot remove what another has registered, and the superuser can", () => {
  const table = new RegistrationTable();
  table.set(entry);
  assert.equal(table.unset(300_000, 1, "tcp", "1001"), "not owner");
  assert.equal(table.unset(300_000, 1, "", unknownOwner), "not owner");
  assert.equal(table.size, 1);
  assert.equal(table.unset(300_000, 1, "tcp", superuser), undefined);
  assert.equal(table.size, 0);
});

test("removing with no netid removes every transport of that version and nothing else", () => {
  const table = new RegistrationTable();
  table.set(entry);
  table.set({ ...entry, netid: "udp" });
  table.set({ ...entry, version: 2 });
  assert.equal(table.unset(300_000, 1, "", "1000"), undefined);
  assert.deepEqual(table.all(), [{ ...entry, version: 2 }]);
  assert.equal(table.unset(300_000, 1, "", "1000"), "not registered");
});

test("the binder's own registration can be set by nobody, and removed by the superuser alone", () => {
  const table = new RegistrationTable();
  const own: BinderEntry = {
    program: binderProgram,
    version: 4,
    netid: "tcp",
    address: "0.0.0.0.0.111",
    owner: superuser,
  };
  table.put(own);
  assert.equal(table.set({ ...own, version: 2 }), "reserved");
  assert.equal(table.unset(binderProgram, 4, "", "1001"), "reserved");
  assert.equal(table.unset(binderProgram, 4, "", unknownOwner), "reserved");
  assert.deepEqual(table.all(), [own]);
  const written: unknown[] = [];
  table.record({ added: () => {}, removed: (entries) => written.push(...entries) });
  assert.equal(table.unset(binderProgram, 4, "", superuser), undefined);
  assert.equal(table.find(binderProgram, 4, own.netid), undefined);
  assert.deepEqual(written, [], "no state file has it");
});

test("hostile registrations are refused: too many, too long, with an address that does not fit the netid", () => {
  const table = new RegistrationTable({ entries: 2 });
  const hostile: Partial<BinderEntry>[] = [
    { netid: "" },
    { netid: "x".repeat(33) },
    { netid: "__proto__" },
    { address: "" },
    { address: "0.0.0.0.0.0" },
    { address: "::.8.1" },
    { address: "999.0.0.0.8.1" },
    { address: "example.com.8.1" },
    { netid: "local", address: `/${"x".repeat(255)}` },
    { owner: "o".repeat(65) },
  ];
  for (const change of hostile) assert.equal(table.set({ ...entry, ...change }), "bad entry", JSON.stringify(change));
  assert.equal(table.size, 0);
  table.set(entry);
  table.set({ ...entry, version: 2 });
  assert.equal(table.set({ ...entry, version: 3 }), "full");
  assert.equal(table.set(entry), undefined);
});

test("one user can fill neither the table nor what is left to the superuser", () => {
  const table = new RegistrationTable({ entries: 16, perOwner: 10, reserved: 1 / 4 });
  const set = (version: number, owner: string) => table.set({ ...entry, version, owner });
  for (let version = 0; version < 10; version++) assert.equal(set(version, "1000"), undefined);
  assert.equal(set(10, "1000"), "full");
  assert.equal(set(10, "1001"), undefined);
  assert.equal(set(11, "1001"), undefined);
  assert.equal(set(12, "1001"), "full", "a quarter is left");
  for (let version = 12; version < 16; version++) assert.equal(set(version, superuser), undefined);
  assert.equal(set(16, superuser), "full");
  assert.equal(table.unset(entry.program, 3, "", "1000"), undefined);
  assert.equal(set(16, superuser), undefined);
});

test("all registrations together fit into the answer to DUMP, however long their texts are", () => {
  // Each takes 12 bytes, and its netid 8, address 68 and owner 8.
  const long = { ...entry, netid: "local", address: `/${"x".repeat(63)}`, owner: superuser };
  const table = new RegistrationTable({ bytes: 10 * 112 });
  for (let version = 0; version < 11; version++) {
    assert.equal(table.set({ ...long, version }), version < 10 ? undefined : "full");
  }
  table.unset(entry.program, 4, "", superuser);
  assert.equal(table.set({ ...long, version: 10 }), undefined);
});

thoroughTest("the limits take 100,000 registrations of the superuser", () => {
  const table = new RegistrationTable();
  for (let i = 0; i < 100_000; i++) {
    assert.equal(table.set({ ...entry, program: 300_000 + i, owner: superuser }), undefined);
  }
  assert.equal(table.size, 100_000);
});
