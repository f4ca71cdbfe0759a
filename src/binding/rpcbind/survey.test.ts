import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import test from "node:test";
import { Survey } from "./survey.js";
import { type BinderEntry, RegistrationTable } from "./table.js";

function entry(version: number, netid = "tcp", address = "0.0.0.0.8.1"): BinderEntry {
  return { program: 300_000, version, netid, address, owner: "1000" };
}

function surveyed(listening?: () => Promise<ReadonlySet<string> | undefined>) {
  const table = new RegistrationTable();
  const gone: BinderEntry[] = [];
  const options = { enabled: true, gone: (one: BinderEntry) => gone.push(one) };
  const survey = new Survey(table, listening === undefined ? options : { ...options, listening });
  survey.start();
  return { table, gone, survey, [Symbol.dispose]: () => survey.stop() };
}

test("a server that was seen and is missing twice is removed", async () => {
  let there: ReadonlySet<string> | undefined = new Set(["tcp:2049"]);
  using at = surveyed(async () => there);
  at.table.set(entry(1));
  await at.survey.look();
  there = new Set();
  await at.survey.look();
  assert.equal(at.table.size, 1);
  await at.survey.look();
  assert.equal(at.table.size, 0);
  assert.deepEqual(at.gone, [entry(1)]);
});

test("a server that was never seen stays, and so does one that comes back in time", async () => {
  let there: ReadonlySet<string> | undefined = new Set();
  using at = surveyed(async () => there);
  at.table.set(entry(1));
  for (let i = 0; i < 4; i++) await at.survey.look();
  there = new Set(["tcp:2049"]);
  await at.survey.look();
  there = new Set();
  await at.survey.look();
  there = new Set(["tcp:2049"]);
  await at.survey.look();
  there = new Set();
  await at.survey.look();
  there = undefined;
  for (let i = 0; i < 4; i++) await at.survey.look();
  assert.deepEqual(at.gone, []);
  assert.equal(at.table.size, 1);
});

test("Linux tells of TCP and UDP ports and socket files that are gone", {
  skip: process.platform !== "linux" && "only Linux lists who listens",
}, async () => {
  using at = surveyed();
  const path = `/tmp/lupine-survey-${process.pid}.sock`;
  const tcp = createServer();
  const unix = createServer();
  const udp = createSocket("udp6");
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => unix.listen(path, resolve));
  await new Promise<void>((resolve) => udp.bind(0, "::1", resolve));
  const uaddr = (port: number): string => `${port >> 8}.${port & 255}`;
  at.table.set(entry(1, "tcp", `127.0.0.1.${uaddr((tcp.address() as { port: number }).port)}`));
  at.table.set(entry(2, "udp6", `::1.${uaddr(udp.address().port)}`));
  at.table.set(entry(3, "local", path));
  await at.survey.look();
  await at.survey.look();
  assert.deepEqual(at.gone, []);
  await new Promise((resolve) => tcp.close(resolve));
  await new Promise((resolve) => unix.close(resolve));
  udp.close();
  await at.survey.look();
  await at.survey.look();
  assert.deepEqual(
    at.gone.map(({ version }) => version),
    [1, 2, 3],
  );
});
