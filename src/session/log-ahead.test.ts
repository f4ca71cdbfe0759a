// A long log on the machine's disk is extended ahead: what is read after a crash has zeros at its end.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openSessionLog } from "./log.js";
import { keyOf } from "./replay.js";
import type { Session } from "./session.js";

const id = new Uint8Array(16).fill(7);
const none = { sequence: 0, fingerprint: { length: 0, crc: 0 }, reply: undefined, running: undefined };
const session: Session = { id, owner: "me", host: "", slots: [none], running: 0, used: false, lastUsed: 0 };
const last = 1_000;

/** The file of a log that was not closed, and where its last record ends. */
async function leftOver(folder: string) {
  const log = await openSessionLog(join(folder, "log"));
  await log.created(session);
  const reply = new Uint8Array(20);
  for (let sequence = 1; sequence <= last; sequence++) {
    const written = log.outcome({ call: { id, slot: 0, sequence, length: 8, crc: sequence }, reply, writes: [] });
    if (sequence % 100 === 0) await written;
  }
  const bytes = new Uint8Array(await readFile(join(folder, "log")));
  const { length } = log;
  await log.close();
  assert.equal((await readFile(join(folder, "log"))).length, length, "closing cuts the zeros off");
  return { bytes, length };
}

async function opened(path: string, bytes: Uint8Array) {
  await writeFile(path, bytes, { mode: 0o600 });
  const errors: unknown[] = [];
  const log = await openSessionLog(path, { onError: (error) => errors.push(error) });
  const { length } = log;
  await log.close();
  return { sequence: log.sessions.get(keyOf(id))?.slots.at(0)?.sequence, errors: errors.length, length };
}

test("the zeros after a log are neither records nor damage, whatever is torn, and damage before them is reported", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-ahead-"));
  try {
    const { bytes, length } = await leftOver(folder);
    assert.ok(bytes.length > length + 16_384, `${bytes.length} bytes for ${length}`);
    assert.ok(bytes.subarray(length).every((byte) => byte === 0));
    const batchEnd = 16;
    assert.deepEqual(await opened(join(folder, "whole"), bytes), { sequence: last, errors: 0, length });
    const record = (length - 8) / last;
    for (const ofRecord of [-1, 0, 2, 21, 25, 45, Math.floor(record / 2), Math.floor(record) - 10]) {
      const missing = ofRecord + batchEnd;
      const torn = bytes.slice();
      torn.fill(0, length - missing);
      const { sequence, errors } = await opened(join(folder, `torn${missing}`), torn);
      // The reply is zeros: if only some of them are missing, the record is whole.
      assert.deepEqual([sequence, errors], [ofRecord <= 24 ? last : last - 1, 0], `${missing} bytes are missing`);
    }
    const at = length - batchEnd - 30;
    const damaged = bytes.with(at, (bytes[at] as number) ^ 1);
    const { sequence, errors } = await opened(join(folder, "damaged"), damaged);
    assert.deepEqual([sequence, errors], [last - 1, 1]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
