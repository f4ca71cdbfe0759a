import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { someOf } from "../testing/count-of.test-support.js";
import { simulate } from "../testing/index.js";
import { openSessionLog, type SessionLogOptions } from "./log.js";
import { keyOf } from "./replay.js";
import type { CallRecord, Session } from "./session.js";

const id = new Uint8Array(16).fill(7);
const session: Session = {
  id,
  owner: "me",
  host: "",
  slots: [0, 1].map(() => ({ sequence: 0, fingerprint: { length: 0, crc: 0 }, reply: undefined, running: undefined })),
  running: 0,
  used: false,
  lastUsed: 0,
};
const call = (sequence: number, slot = 0): CallRecord => ({ id, slot, sequence, length: 8, crc: sequence });
const replyOf = (sequence: number): Uint8Array => new Uint8Array(20).fill(sequence);
/** Bytes behind the records of a batch. */
const batchEnd = 16;
const counted = (count: number) => [{ key: "count", value: String(count) }];

test("a log that is opened again has the sessions, the replies and the state of before", async () => {
  await simulate(1, async (world) => {
    const { disk, clock } = world.machine("server").now;
    const options: SessionLogOptions = { disk, clock };
    const log = await openSessionLog("log", options);
    await log.created(session);
    await log.outcome({ call: call(1), reply: replyOf(1), writes: counted(1) });
    await log.intent(call(5, 1));
    await log.close();
    const again = await openSessionLog("log", options);
    const [restored] = again.sessions.values();
    assert.equal(restored?.owner, "me");
    assert.deepEqual(
      [...restored.slots].map(({ sequence, reply }) => [sequence, reply]),
      [
        [1, replyOf(1)],
        [5, undefined],
      ],
    );
    assert.deepEqual([...again.state], [["count", "1"]]);
  });
});

test("a log that is cut at any byte opens with the records before it, and never more", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const options: SessionLogOptions = { disk: machine.now.disk, clock: machine.now.clock };
    const log = await openSessionLog("log", options);
    await log.created(session);
    const lengths = [log.length];
    for (let sequence = 1; sequence <= 3; sequence++) {
      await log.outcome({ call: call(sequence), reply: replyOf(sequence), writes: counted(sequence) });
      lengths.push(log.length - batchEnd);
    }
    await log.close();
    const whole = machine.disk.contents("log") as Uint8Array;
    for (const cut of someOf([...whole.keys()].slice(lengths[0]), 13)) {
      for (const tail of [new Uint8Array(0), new Uint8Array(30).fill(0xee)]) {
        machine.disk.write("log", Buffer.concat([whole.subarray(0, cut), tail]));
        const opened = await openSessionLog("log", options);
        const sequence = opened.sessions.get(keyOf(id))?.slots.at(0)?.sequence as number;
        assert.equal(sequence, lengths.filter((length) => length <= cut).length - 1, `cut at ${cut}`);
        assert.equal(opened.state.get("count"), sequence === 0 ? undefined : String(sequence));
        // It goes on behind the last whole record.
        await opened.outcome({ call: call(9), reply: replyOf(9), writes: [] });
        await opened.close();
        const again = await openSessionLog("log", options);
        assert.equal(again.sessions.get(keyOf(id))?.slots.at(0)?.sequence, 9, `cut at ${cut}`);
        await again.close();
      }
    }
  });
});

test("whichever byte of a log is changed, the change is reported and the file kept, or nothing is lost", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const errors: string[] = [];
    const onError = (error: unknown): void => void errors.push(String(error));
    const options: SessionLogOptions = { disk: machine.now.disk, clock: machine.now.clock, onError };
    const log = await openSessionLog("log", options);
    await log.created(session);
    for (let sequence = 1; sequence <= 3; sequence++) {
      await log.outcome({ call: call(sequence, sequence % 2), reply: replyOf(sequence), writes: counted(sequence) });
    }
    await log.close();
    const whole = machine.disk.contents("log") as Uint8Array;
    const stateOf = ({ sessions, state }: Awaited<ReturnType<typeof openSessionLog>>) => {
      const slots = [...(sessions.get(keyOf(id))?.slots ?? [])].map(({ sequence, reply }) => [sequence, reply]);
      return JSON.stringify([slots, [...state]]);
    };
    const all = await openSessionLog("log", options);
    const expected = stateOf(all);
    await all.close();
    for (const [at, byte] of someOf(whole.entries(), 13)) {
      for (const other of new Set([byte ^ 1, byte ^ 0x80, 0, 0xff])) {
        if (other === byte) continue;
        errors.length = 0;
        const damaged = whole.with(at, other);
        machine.disk.write("log", damaged);
        const where = `byte ${at} became ${other}`;
        if (at < 8) {
          await assert.rejects(openSessionLog("log", options), /is not a session log/, where);
          assert.deepEqual(machine.disk.contents("log"), damaged, where);
          continue;
        }
        const opened = await openSessionLog("log", options);
        assert.match(
          errors.join(),
          /log could not be restored in full, because the record at byte \d+ was changed/,
          where,
        );
        assert.deepEqual(machine.disk.contents("log.damaged"), damaged, where);
        const found = stateOf(opened);
        await opened.close();
        await machine.now.disk.remove("log.damaged");
        // It was written anew, without the damage.
        errors.length = 0;
        const again = await openSessionLog("log", options);
        assert.deepEqual([stateOf(again), errors], [found, []], where);
        await again.close();
      }
    }
    assert.equal(errors.length, 0);
    assert.notEqual(expected, "[null,[]]");
  });
});

test("records behind a changed one are used, and one whose length has changed is used itself", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const options: SessionLogOptions = { disk: machine.now.disk, clock: machine.now.clock, onError: () => {} };
    const log = await openSessionLog("log", options);
    const starts: number[] = [];
    await log.created(session);
    for (let sequence = 1; sequence <= 3; sequence++) {
      starts.push(log.length);
      await log.outcome({ call: call(sequence, sequence % 2), reply: replyOf(sequence), writes: counted(sequence) });
    }
    await log.close();
    const whole = machine.disk.contents("log") as Uint8Array;
    const second = starts[1] as number;
    const sequences = async (at: number): Promise<(number | undefined)[]> => {
      machine.disk.write("log", whole.with(at, (whole[at] as number) ^ 0x10));
      const opened = await openSessionLog("log", options);
      await opened.close();
      const slots = opened.sessions.get(keyOf(id))?.slots;
      return [0, 1].map((number) => slots?.at(number)?.sequence);
    };
    assert.deepEqual(await sequences(second + 40), [0, 3], "the second record, of slot 0, is lost");
    for (const byte of [0, 1, 2, 3]) assert.deepEqual(await sequences(second + byte), [2, 3]);
  });
});

test("a log whose header was being written when the power failed is made anew", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const { disk, clock } = machine.now;
    for (const left of ["", "LP", "LPSLOG", "LPSL\0\0\0\0", "\0\0\0\0\0\0\0\0"]) {
      machine.disk.write("log", Buffer.from(left));
      const log = await openSessionLog("log", { disk, clock });
      await log.created(session);
      await log.close();
      const again = await openSessionLog("log", { disk, clock });
      assert.equal(again.sessions.size, 1, JSON.stringify(left));
      await again.close();
    }
    machine.disk.write("log", Buffer.from("LPSL\0\0\0\0more"));
    await assert.rejects(openSessionLog("log", { disk, clock }), /not a session log/);
  });
});

test("the records of one turn share one sync", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    let syncs = 0;
    const { disk } = machine.now;
    const counting = {
      ...disk,
      open: async (path: string) => {
        const file = await disk.open(path);
        const sync = (): Promise<void> => {
          syncs++;
          return file.sync();
        };
        return { ...file, sync };
      },
    };
    const log = await openSessionLog("log", { disk: counting, clock: machine.now.clock });
    syncs = 0;
    await log.created(session);
    await Promise.all(
      Array.from({ length: 64 }, (_, at) => log.outcome({ call: call(at + 1), reply: replyOf(at), writes: [] })),
    );
    assert.equal(syncs, 2, "one for the session, one for all calls");
  });
});

test("a log is written anew when most of it is outdated, and has the same contents", async () => {
  await simulate(1, async (world) => {
    const { disk, clock } = world.machine("server").now;
    const log = await openSessionLog("log", { disk, clock, checkpoint: 1000 });
    await log.created(session);
    for (let sequence = 1; sequence <= 100; sequence++) {
      await log.outcome({ call: call(sequence), reply: replyOf(sequence), writes: counted(sequence) });
    }
    assert.ok(log.length < 2200, `${log.length} bytes`);
    await log.close();
    const again = await openSessionLog("log", { disk, clock });
    assert.deepEqual([...again.state], [["count", "100"]]);
    assert.equal(again.sessions.get(keyOf(id))?.slots.at(0)?.sequence, 100);
  });
});

test("on a full disk an intent fails, and an outcome is written when there is room again", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const { disk, clock } = machine.now;
    let errors = 0;
    const log = await openSessionLog("log", { disk, clock, onError: () => errors++ });
    await log.created(session);
    machine.disk.faults.capacity = log.length + 10;
    await assert.rejects(log.intent(call(1)), { code: "ENOSPC" });
    const written = log.outcome({ call: call(1), reply: replyOf(1), writes: [] });
    await world.wait(10_000);
    assert.ok(log.failing && errors > 1);
    machine.disk.faults.capacity = Number.POSITIVE_INFINITY;
    await written;
    assert.equal(log.failing, false);
    await log.close();
    const again = await openSessionLog("log", { disk, clock });
    assert.equal(again.sessions.get(keyOf(id))?.slots.at(0)?.sequence, 1);
  });
});

/** Three calls, written by the version of the format whose batches had no ends. */
const oldLog = Buffer.from(
  "4c50534c4f470a01" +
    "00000020b7c536910000000107070707070707070707070707070707000000026d65000000000002" +
    "000000580bca3edf0000000307070707070707070707070707070707000000010000000100000008000000010000001401010101" +
    "010101010101010101010101010101010000000100000005636f756e7400000000000001000000013100000000000058becfbaa0" +
    "0000000307070707070707070707070707070707000000000000000200000008000000020000001402020202020202020202020202" +
    "020202020202020000000100000005636f756e740000000000000100000001320000000000" +
    "00582d7f5a310000000307070707070707070707070707070707000000010000000300000008000000030000001403030303030303" +
    "030303030303030303030303030000000100000005636f756e74000000000000010000000133000000",
  "hex",
);

test("a log of the earlier format is read, with its damage, and written anew", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const errors: string[] = [];
    const onError = (error: unknown): void => void errors.push(String(error));
    const options: SessionLogOptions = { disk: machine.now.disk, clock: machine.now.clock, onError };
    const found = async (bytes: Uint8Array) => {
      machine.disk.write("log", bytes);
      for (const time of ["first", "second"]) {
        const log = await openSessionLog("log", options);
        await log.close();
        const slots = log.sessions.get(keyOf(id))?.slots;
        if (time === "second") return [0, 1].map((number) => slots?.at(number)?.sequence);
        assert.equal(machine.disk.contents("log")?.[7], 2);
      }
      return undefined;
    };
    assert.deepEqual([await found(oldLog), errors], [[2, 3], []]);
    // It was being written when the process ended.
    assert.deepEqual([await found(oldLog.subarray(0, -5)), errors], [[2, 1], []]);
    // Marks and zeros followed the records of a long file.
    assert.deepEqual([await found(Buffer.concat([oldLog, Buffer.of(1), Buffer.alloc(99)])), errors], [[2, 3], []]);
    assert.deepEqual(await found(oldLog.with(190, 0xaa)), [0, 3]);
    assert.equal(errors.length, 1);
    machine.disk.write("log", oldLog);
    machine.disk.faults.capacity = machine.disk.used;
    await assert.rejects(openSessionLog("log", options), { code: "ENOSPC" });
    assert.ok(oldLog.equals(machine.disk.contents("log") as Uint8Array));
  });
});

const withoutModes = process.geteuid === undefined && "this system has no users and modes";
const unusable = { name: "UnusableFile" };

/** A folder on the machine's disk. */
async function folder() {
  const path = await mkdtemp(join(tmpdir(), "lupine-log-"));
  return {
    path,
    at: (name: string): string => join(path, name),
    names: async (): Promise<string[]> => (await readdir(path)).sort(),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

test("a file that is no session log is refused and left as it is, with the files beside it", async () => {
  await using place = await folder();
  await writeFile(place.at("foreign"), "something else");
  await writeFile(place.at("foreign.new"), "a new one");
  await assert.rejects(openSessionLog(place.at("foreign")), /is not a session log/);
  assert.equal(await readFile(place.at("foreign"), "utf8"), "something else");
  assert.equal(await readFile(place.at("foreign.new"), "utf8"), "a new one");
  assert.deepEqual(await place.names(), ["foreign", "foreign.new"]);
});

test("two logs cannot have one file", async () => {
  await using place = await folder();
  const log = await openSessionLog(place.at("log"));
  await assert.rejects(openSessionLog(place.at("log")), /log\.lock/);
  await log.created(session);
  await log.close();
  const again = await openSessionLog(place.at("log"));
  assert.equal(again.sessions.size, 1);
  await again.close();
});

test("a log on the machine's disk is written anew, and has the same contents when it is opened again", async () => {
  await using place = await folder();
  const log = await openSessionLog(place.at("log"), { checkpoint: 1000 });
  await log.created(session);
  for (let sequence = 1; sequence <= 50; sequence++) {
    await log.outcome({ call: call(sequence), reply: replyOf(sequence), writes: counted(sequence) });
  }
  const { length } = log;
  assert.ok(length < 2200, `${length} bytes`);
  await log.close();
  assert.equal((await readFile(place.at("log"))).length, length);
  const again = await openSessionLog(place.at("log"));
  assert.deepEqual([...again.state], [["count", "50"]]);
  await again.close();
  assert.deepEqual(await place.names(), ["log"]);
});

test("a log is not opened through a link, and its target is neither made nor changed", {
  skip: withoutModes,
}, async () => {
  await using place = await folder();
  await writeFile(place.at("empty"), "");
  await symlink(place.at("empty"), place.at("link"));
  await symlink(place.at("nothing"), place.at("dangling"));
  for (const name of ["link", "dangling"]) {
    await assert.rejects(openSessionLog(place.at(name)), { ...unusable, message: /is a symbolic link/ });
  }
  assert.equal(await readFile(place.at("empty"), "utf8"), "");
  assert.deepEqual(await place.names(), ["dangling", "empty", "link"]);
});

test("pipes and folders are refused, without waiting for anybody", { skip: withoutModes }, async () => {
  await using place = await folder();
  spawnSync("mkfifo", [place.at("pipe")]);
  await mkdir(place.at("folder"));
  for (const path of [place.at("pipe"), place.at("folder")]) {
    await assert.rejects(openSessionLog(path), { ...unusable, message: /not a regular file/ });
  }
  assert.deepEqual(await place.names(), ["folder", "pipe"]);
});

test("a folder or a file that others can write to is refused", { skip: withoutModes }, async () => {
  await using place = await folder();
  await writeFile(place.at("log"), "");
  await chmod(place.at("log"), 0o666);
  await assert.rejects(openSessionLog(place.at("log")), { ...unusable, message: /can be written by others/ });
  await chmod(place.path, 0o777);
  await assert.rejects(openSessionLog(place.at("other")), { ...unusable, message: /which others can write to/ });
  await assert.rejects(openSessionLog(join(place.path, "none", "log")), { ...unusable, message: /does not exist/ });
  assert.deepEqual(await place.names(), ["log"]);
});

test("a file of another user is refused", { skip: process.geteuid?.() !== 0 && "it needs root" }, async () => {
  await using place = await folder();
  await writeFile(place.at("log"), "");
  await chown(place.at("log"), 4321, 4321);
  await assert.rejects(openSessionLog(place.at("log")), { ...unusable, message: /belongs to user 4321/ });
  await chmod(place.path, 0o1777);
  await assert.rejects(openSessionLog(place.at("log")), { ...unusable, message: /where user 4321 has put "log"/ });
  assert.equal(await readFile(place.at("log"), "utf8"), "");
});
