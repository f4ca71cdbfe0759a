// Opens the file of a record log: what a crash has left behind the records is cut off, and damage is reported.
import type { Disk } from "../base/disk.js";
import { ownDisk } from "../machine/own-disk.js";
import { ownPlace } from "../machine/own-file.js";
import { ProcessLock } from "../machine/process-lock.js";
import { newLog, parseLog } from "./log-file.js";
import { type LogContents, RecordLog, type RecordLogOptions, tell, temporary } from "./record-log.js";

/**
 * Opens or makes a log, and applies its records. One that was being written when the process ended is cut off. Those that have
 * changed since they were written are left out, the file is kept as FILE.damaged, and that is reported.
 * @throws LockTaken, UnusableFile, Error if the file is something else, or the error of the system.
 */
export async function openRecordLog<R>(
  path: string,
  contents: LogContents<R>,
  options: RecordLogOptions,
): Promise<RecordLog<R>> {
  const place = options.disk === undefined ? ownPlace(path) : path;
  // The lock of a process that was killed is taken over.
  const lock = options.disk === undefined ? new ProcessLock(`${place}.lock`) : undefined;
  try {
    const disk = options.disk ?? ownDisk;
    const bytes = (await disk.read(place)) ?? new Uint8Array();
    const { records, length, damage, isOld } = parseLog(bytes, place, contents.format);
    if (damage.length > 0) await keepAside({ disk, place, bytes, damage, what: contents.format.what, options });
    for (const record of records) contents.apply(record);
    await disk.remove(temporary(place));
    const file = await disk.open(place);
    if (length < bytes.length) await file.truncate(length);
    const header = newLog(contents.format);
    if (length === 0) await file.append([header]);
    await file.sync();
    const whole = Math.max(length, header.length);
    const log = new RecordLog({ path: place, disk, file, contents, length: whole, options, lock });
    if (isOld) await log.rewrite();
    else if (damage.length > 0) await log.checkpoint();
    return log;
  } catch (error) {
    lock?.release();
    throw error;
  }
}

interface Damaged {
  readonly disk: Disk;
  readonly place: string;
  readonly bytes: Uint8Array;
  readonly damage: readonly number[];
  readonly what: string;
  readonly options: RecordLogOptions;
}

/** Damaged files that are kept beside a log. */
const mostKept = 9;

/** Keeps a copy of a damaged file, and reports it. @throws the error of the system if the copy cannot be written. */
async function keepAside({ disk, place, bytes, damage, what, options }: Damaged): Promise<void> {
  let aside: string | undefined;
  for (let number = 1; number <= mostKept && aside === undefined; number++) {
    const name = `${place}.damaged${number === 1 ? "" : `.${number}`}`;
    if ((await disk.read(name)) === undefined) aside = name;
  }
  if (aside !== undefined) {
    const file = await disk.open(aside);
    await file.append([bytes]);
    await file.sync();
    await file.close();
  }
  const kept = aside === undefined ? "no copy was kept beside it" : `the original is kept as ${aside}`;
  const where =
    damage.length === 1 ? `the record at byte ${damage[0]} was` : `the records at bytes ${damage.join(", ")} were`;
  const message = `${place} could not be restored in full, because ${where} changed after writing: ${kept}; calls of that ${what} may run again`;
  if (options.onError === undefined)
    process.emitWarning(message, { type: "LupineWarning", code: "LUPINE_DAMAGED_LOG" });
  else tell(options.onError, new Error(message));
}
