// Two batches of a log are written at the same time. Whatever a crash leaves of them, the log has a prefix of what was appended, with everything
// that was reported as written.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Disk, DiskFile } from "../base/disk.js";
import { type Incarnation, type Simulation, simulate } from "../testing/index.js";
import type { XdrWriter } from "../xdr/writer.js";
import { openRecordLog } from "./open-record-log.js";

const format = { what: "log of tests", header: Buffer.from("tests\n\x02") };

/** What became of the records, in the order in which they were appended. */
type Fate = "waits" | "written" | "refused";

interface Life {
  readonly fates: Fate[];
  readonly before: readonly number[];
}

const seeds = 60;

function logOn(disk: Disk, clock: Incarnation["clock"], applied: number[], errors: string[], checkpoint: number) {
  const contents = {
    format,
    apply: (record: Uint8Array) => applied.push(new DataView(record.buffer, record.byteOffset).getUint32(0)),
    written: (number: number) => applied.push(number),
    encode(out: XdrWriter, number: number) {
      out.writeWord(number);
      // Some are longer than a sector.
      out.writeBytes(Buffer.alloc((number * 37) % (number % 7 === 0 ? 1500 : 120), number));
    },
    records: () => applied.slice(),
  };
  return openRecordLog("log", contents, { disk, clock, checkpoint, onError: (error) => errors.push(String(error)) });
}

/** Appends numbers until the machine has crashed often enough, and checks what each start finds. */
const crashing =
  (change: (disk: Disk) => Disk = (disk) => disk) =>
  async (world: Simulation) => {
    const machine = world.machine("server");
    const errors: string[] = [];
    let next = 1;
    let life: Life = { fates: [], before: [] };
    for (let start = 0; start < 6; start++) {
      const { clock, disk } = machine.now;
      const applied: number[] = [];
      const log = await logOn(change(disk), clock, applied, errors, 6_000);
      check(applied, life, next - life.fates.length);
      const faulty = world.random() < 0.3;
      machine.disk.faults.syncFails = faulty ? 0.1 : 0;
      machine.disk.faults.capacity = faulty ? machine.disk.used + 6_000 * world.random() : Number.POSITIVE_INFINITY;
      const fates: Fate[] = [];
      life = { fates, before: applied.slice() };
      const crashed = world.wait(40 * world.random()).then(() => true);
      while (!(await Promise.race([crashed, world.wait(world.random())]))) {
        for (let many = 4 * world.random(); many > 0; many--) {
          const at = fates.push("waits") - 1;
          const number = next++;
          const written = (): void => {
            // Answers leave in the order of the log.
            assert.ok(!fates.slice(0, at).includes("waits"), `${number} was reported before an earlier one`);
            fates[at] = "written";
          };
          if (world.random() < 0.5) log.put({ record: number, written });
          else log.put({ record: number, written, failed: () => (fates[at] = "refused") });
        }
      }
      machine.crash();
      Object.assign(machine.disk.faults, { syncFails: 0, capacity: Number.POSITIVE_INFINITY });
      await machine.restart(1);
    }
    assert.deepEqual(
      errors.filter((error) => error.includes("changed after writing")),
      [],
    );
  };

function check(applied: readonly number[], { before, fates }: Life, first: number): void {
  assert.deepEqual(applied.slice(0, before.length), before);
  const found = applied.slice(before.length);
  const expected: number[] = [];
  for (const [at, fate] of fates.entries()) {
    const number = first + at;
    if (fate === "refused") assert.ok(!found.includes(number), `${number} was refused and is in the log`);
    else if (fate === "written") assert.ok(found.includes(number), `${number} was written and is lost`);
    if (fate !== "refused") expected.push(number);
  }
  assert.deepEqual(found, expected.slice(0, found.length), "records behind a gap are in the log");
}

async function run(scenario: (world: Simulation) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) await simulate(seed, scenario);
  // The end of a batch was written in part, and the batch behind it in whole.
  await simulate(1336, scenario);
}

test("after any crash a log has a prefix of what was appended, with all that was reported as written", async () => {
  await run(crashing());
});

/** A disk whose files are changed. */
const withFiles =
  (change: (file: DiskFile) => Partial<DiskFile>, readAs: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) =>
  (disk: Disk): Disk => ({
    ...disk,
    read: async (path) => {
      const bytes = await disk.read(path);
      return bytes && readAs(bytes);
    },
    open: async (path) => {
      const file = await disk.open(path);
      return { ...file, ...change(file) };
    },
  });

/** A batch is reported when the one behind it is on the disk. */
function reportsEarly(file: DiskFile): Partial<DiskFile> {
  let first: Promise<void> | undefined;
  return {
    append: async (parts) => {
      const own = file.append(parts).then(() => file.sync());
      const earlier = first;
      first = own;
      if (earlier !== undefined) await Promise.race([own, new Promise((resolve) => earlier.then(resolve, () => {}))]);
      else await own;
    },
    sync: async () => undefined,
  };
}

const mutants = [
  { what: "which reports a batch before it is on the disk", disk: withFiles(reportsEarly), caught: /is lost/ },
  {
    what: "which does not cut off what is behind a gap",
    // The header of the format before batches were written at the same time.
    disk: withFiles(
      () => ({}),
      (bytes) => bytes.map((byte, at) => (at === format.header.length - 1 ? 1 : byte)),
    ),
    caught: /behind a gap|changed after writing/,
  },
];

for (const { what, disk, caught } of mutants) {
  test(`a log ${what} is caught`, async () => {
    await assert.rejects(run(crashing(disk)), caught);
  });
}
