// A log on a disk that fails: a record that was refused never counts, whatever becomes of the disk and the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Disk, DiskFile } from "../base/disk.js";
import { until } from "../testing/waiting.test-support.js";
import { parseLog } from "./log-file.js";
import { openRecordLog } from "./open-record-log.js";

const format = { what: "log of tests", header: Buffer.from("tests\n") };

interface Faults {
  /** How often `sync` still fails, after the bytes were written. */
  syncs: number;
  /** How often `truncate` still fails. */
  truncations: number;
}

/** A file in memory whose operations fail on demand. */
class FailingDisk implements Disk {
  readonly faults: Faults = { syncs: 0, truncations: 0 };
  contents = Buffer.alloc(0);

  async read(): Promise<Uint8Array> {
    return this.contents;
  }

  async open(): Promise<DiskFile> {
    const fail = (kind: keyof Faults): void => {
      if (this.faults[kind]-- > 0) throw Object.assign(new Error(`${kind} fail`), { code: "EIO" });
    };
    return {
      append: async (parts) => {
        this.contents = Buffer.concat([this.contents, ...parts]);
      },
      sync: async () => fail("syncs"),
      truncate: async (length) => {
        fail("truncations");
        this.contents = this.contents.subarray(0, length);
      },
      close: async () => undefined,
    };
  }

  async rename(): Promise<void> {}
  async remove(): Promise<void> {}

  /** The records that a process finds which opens the log now. */
  get records(): string[] {
    return parseLog(this.contents, "log", format).records.map((record) => Buffer.from(record).toString());
  }
}

async function logOn(disk: Disk, errors: unknown[] = []) {
  const contents = {
    format,
    apply: () => undefined,
    written: () => undefined,
    encode: (out: { writeBytes(bytes: Uint8Array): void }, text: string) => out.writeBytes(Buffer.from(text)),
    records: () => [],
  };
  return openRecordLog("log", contents, { disk, onError: (error) => errors.push(error) });
}

test("a record is refused only when nothing of it is left in the file", async () => {
  const disk = new FailingDisk();
  const log = await logOn(disk);
  await log.tryToAppend("first record");
  Object.assign(disk.faults, { syncs: 1, truncations: 2 });
  const seen = await log.tryToAppend("refused record").catch(() => disk.records);
  assert.deepEqual(seen, ["first record"]);
  await log.tryToAppend("second record");
  assert.deepEqual(disk.records, ["first record", "second record"]);
  await log.close();
});

test("a log that is closed while its disk fails leaves open what became of the last record", async () => {
  const disk = new FailingDisk();
  const errors: unknown[] = [];
  const log = await logOn(disk, errors);
  Object.assign(disk.faults, { syncs: 1_000, truncations: 1_000 });
  let outcome = "open";
  log.tryToAppend("doubtful record").then(
    () => (outcome = "written"),
    () => (outcome = "refused"),
  );
  await log.close();
  assert.equal(outcome, "open");
  assert.ok(errors.length > 0);
});

test("a batch that was written beside one that failed is refused with it: Linux may report the disk's error to one of them only", async () => {
  const disk = new FailingDisk();
  const syncs: ((error?: Error) => void)[] = [];
  let isOpen = false;
  const log = await logOn({
    ...disk,
    read: () => disk.read(),
    rename: () => disk.rename(),
    remove: () => disk.remove(),
    open: async () => ({
      ...(await disk.open()),
      room: 1_000_000,
      sync: () =>
        new Promise((resolve, reject) => {
          if (isOpen) syncs.push((error) => (error === undefined ? resolve() : reject(error)));
          else resolve();
        }),
    }),
  });
  isOpen = true;
  const outcomes: string[] = [];
  const append = (text: string): void => {
    log.tryToAppend(text).then(
      () => outcomes.push(`${text} is written`),
      () => outcomes.push(`${text} is refused`),
    );
  };
  append("first record");
  await until(
    () => syncs.length === 1,
    () => "the first batch",
  );
  append("second record");
  await until(
    () => syncs.length === 2,
    () => "the second batch",
  );
  syncs[1]?.(Object.assign(new Error("the disk failed"), { code: "EIO" }));
  await new Promise(setImmediate);
  syncs[0]?.();
  await until(
    () => syncs.length === 3,
    () => "the file to be cut off",
  );
  assert.deepEqual(outcomes, []);
  syncs[2]?.();
  await until(
    () => outcomes.length === 2,
    () => "the outcomes",
  );
  assert.deepEqual(outcomes, ["first record is refused", "second record is refused"]);
  assert.deepEqual(disk.records, []);
  await log.close();
});
