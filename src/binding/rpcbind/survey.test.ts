import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import test from "node:test";
import { Survey } from "./survey.js";
import { type BinderEntry, RegistrationTable } from "./table.js";

function entry(version: number, netid = "tcp", address = "0.0.0.0.8.1"): BinderEntry {
  return { program: 300_000, version, netid, address, owner: "1000" };
}

function surveyed(listening?: (expected: Iterable<string>) => Promise<ReadonlySet<string> | undefined>) {
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

test("an entry whose address cannot be read is never found, and the others are", async () => {
  let there: ReadonlySet<string> | undefined = new Set(["tcp:2049"]);
  using at = surveyed(async () => there);
  at.table.put(entry(1, "tcp\u009b2J"));
  at.table.set(entry(2));
  await at.survey.look();
  there = new Set();
  for (let i = 0; i < 2; i++) await at.survey.look();
  assert.deepEqual(at.gone, [entry(2)]);
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

test("who asks for a server waits for a look only where the last one is not recent and it was seen before", async () => {
  let looks = 0;
  let there: ReadonlySet<string> = new Set(["tcp:2049"]);
  let now = 100_000;
  let spent = 0;
  const table = new RegistrationTable();
  const listening = async () => {
    looks++;
    spent += 2;
    return there;
  };
  const options = { enabled: true, gone: () => {}, listening, now: () => now, spent: () => spent };
  const survey = new Survey(table, options);
  survey.start();
  const [seen, unseen] = [entry(1), entry(2, "tcp", "0.0.0.0.0.9")];
  for (const one of [seen, unseen]) table.set(one);
  assert.equal(survey.current(seen), undefined, "nobody has looked yet");
  await survey.look();
  assert.equal(survey.current(seen), undefined, "a moment ago it was there");
  now += 100;
  assert.equal(survey.current(seen), undefined, "a check that took 2 ms is trusted for 100 ms");
  now += 1;
  assert.equal(survey.current(unseen), undefined, "it was never there");
  const waits = Array.from({ length: 100 }, () => survey.current(seen));
  assert.equal(new Set(waits).size, 1, "all who ask wait for one look");
  await waits[0];
  assert.equal(looks, 2);
  there = new Set();
  now += 101;
  await survey.current(seen);
  assert.equal(looks, 4, "what is missing is looked for twice");
  assert.deepEqual(table.all(), [unseen]);
  survey.stop();
});

test("the system's lists are read with care for servers that were there before", async () => {
  const asked: string[][] = [];
  using at = surveyed(async (expected) => {
    asked.push([...expected]);
    return new Set(["tcp:2049"]);
  });
  at.table.set(entry(1));
  at.table.set(entry(2, "udp", "0.0.0.0.0.9"));
  await at.survey.look();
  await at.survey.look();
  assert.deepEqual(asked, [[], ["tcp:2049"]]);
});
