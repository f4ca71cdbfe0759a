// What a reader keeps of a bucket that others may fill.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownServices } from "./services.js";
import { SettledReader } from "./settle.js";
import type { Kept } from "./snapshot.js";
import type { NatsStore } from "./store.js";

const entry = Buffer.from('{"form":1,"lease":60000,"versions":[],"addresses":["10.0.0.7"],"priority":0,"weight":1}');
/** As an entry, with 60,000 bytes. */
const long = Buffer.concat([entry, Buffer.alloc(60_000 - entry.length, " ")]);
const rubbish = Buffer.alloc(60_000, "x");

const kept = (key: string, data: Uint8Array): Kept => ({ key, data, isDeleted: false, age: 1, sequence: 1 });

/** A reader of a bucket with these values. */
function readerOf(values: Iterable<Kept>): SettledReader {
  const read = async (_keys: string, _timeout: number, each: (one: Kept) => void): Promise<void> => {
    for (const one of values) each(one);
  };
  return new SettledReader({ allowance: () => 0, bucket: { read } } as unknown as NatsStore);
}

function bytesOf(all: readonly Kept[]): number {
  let bytes = 0;
  for (const { data } of all) bytes += data.length;
  return bytes;
}

test("values that others have written take no memory, and hide no entry", async () => {
  const values = Array.from({ length: 3_000 }, (_, at) => kept(`add.rubbish-${at}`, rubbish));
  const all = await readerOf([...values, kept("add.server", entry)]).read("add.*", 1_000);
  assert.equal(bytesOf(all), entry.length);
  assert.deepEqual(all.at(-1)?.key, "add.server");
  assert.equal(all.length, 3_001, "an entry that was replaced by something else is known to be gone");
});

test("however many entries there are, a reader keeps 64 MiB, and the servers of one path take 16 MiB", async () => {
  const values = Array.from({ length: 2_000 }, (_, at) => kept(`add.server-${at}`, long));
  const all = await readerOf(values).read("add.*", 1_000);
  assert.ok(bytesOf(all) <= 64 * 1024 * 1024 && all.length > 1_000);
  const services = new KnownServices();
  for (const one of all) services.take(one, 0, () => 0);
  const most = Math.floor((16 * 1024 * 1024) / long.length);
  assert.equal(services.entries().length, most);
  services.forget(["add.server-0"]);
  assert.equal(
    services.take(kept("add.last", long), 0, () => 0),
    true,
  );
  assert.equal(
    services.take(kept("add.more", long), 0, () => 0),
    false,
  );
});
