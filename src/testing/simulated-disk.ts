// A disk in memory that forgets what was not synced when its machine crashes, and fails on demand.
import type { Clock } from "../base/clock.js";
import type { Disk, DiskFile } from "../base/disk.js";

/** The faults of a simulated disk. May be changed while the simulation runs. */
export interface DiskFaults {
  /** The longest time of one operation, in milliseconds. Default 2. */
  slowest: number;
  /** The most bytes on the disk: more fail with ENOSPC, after a part of them was written. Default Infinity. */
  capacity: number;
  /** The chance that `sync` fails with EIO. Default 0. */
  syncFails: number;
}

interface Contents {
  bytes: Uint8Array;
  length: number;
  /** The number of bytes that certainly survive a crash. */
  synced: number;
}

/**
 * The files of one machine. They survive its crashes, as far as they were synced.
 * @example
 * const left = await simulate(1, async (world) => {
 *   const machine = world.machine("server");
 *   const file = await machine.now.disk.open("log");
 *   await file.append([new Uint8Array([1, 2, 3])]);
 *   await file.sync();
 *   machine.crash();
 *   return machine.disk.contents("log")?.length;
 * });
 * console.log(left); // 3
 */
export class SimulatedDisk {
  /** The faults of all operations from now on. Change its properties while the simulation runs. */
  readonly faults: DiskFaults = { slowest: 2, capacity: Number.POSITIVE_INFINITY, syncFails: 0 };
  readonly #files = new Map<string, Contents>();
  readonly #random: () => number;

  /** Makes an empty disk without faults. `random` decides what a crash leaves of bytes that were not synced. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Bytes of all files. */
  get used(): number {
    let used = 0;
    for (const { length } of this.#files.values()) used += length;
    return used;
  }

  /** A copy of a file, as a process would read it now; undefined if it does not exist. */
  contents(path: string): Uint8Array | undefined {
    const file = this.#files.get(path);
    return file?.bytes.slice(0, file.length);
  }

  /** Replaces a file, without faults. */
  write(path: string, bytes: Uint8Array): void {
    this.#files.set(path, { bytes: bytes.slice(), length: bytes.length, synced: bytes.length });
  }

  /** The power fails: a random part of the unsynced data remains, and its last bytes may be wrong. */
  crash(): void {
    for (const file of this.#files.values()) {
      const unsure = file.length - file.synced;
      if (unsure === 0) continue;
      const kept = Math.floor(this.#random() * (unsure + 1));
      file.length = file.synced + kept;
      if (this.#random() < 0.3) file.bytes.fill(0, file.synced + Math.floor(kept * this.#random()), file.length);
      file.synced = file.length;
    }
  }

  /**
   * The disk as one start of the machine sees it: its operations take time by `clock`, and never end after that clock
   * has stopped.
   */
  at(clock: Clock): Disk {
    const later = async (): Promise<void> => {
      const time = this.#random() * this.faults.slowest;
      await new Promise<void>((resolve) => clock.setTimeout(resolve, time));
    };
    return {
      read: async (path) => {
        await later();
        return this.contents(path);
      },
      open: async (path) => {
        await later();
        if (!this.#files.has(path)) this.write(path, new Uint8Array());
        return this.#file(this.#files.get(path) as Contents, later);
      },
      rename: async (from, to) => {
        await later();
        const file = this.#files.get(from);
        if (file === undefined) throw failure("ENOENT", `no such file: ${from}`);
        this.#files.delete(from);
        this.#files.set(to, file);
        await later();
      },
      remove: async (path) => {
        await later();
        this.#files.delete(path);
      },
    };
  }

  #file(file: Contents, later: () => Promise<void>): DiskFile {
    return {
      append: async (parts) => {
        await later();
        for (const part of parts) this.#append(file, part);
      },
      sync: async () => {
        const { length } = file;
        await later();
        if (this.faults.syncFails > 0 && this.#random() < this.faults.syncFails) throw failure("EIO", "i/o error");
        file.synced = Math.max(file.synced, Math.min(length, file.length));
      },
      truncate: async (length) => {
        await later();
        file.length = Math.min(file.length, length);
        file.synced = Math.min(file.synced, length);
      },
      close: later,
    };
  }

  #append(file: Contents, part: Uint8Array): void {
    const room = Math.max(0, Math.min(part.length, this.faults.capacity - this.used));
    const needed = file.length + room;
    if (needed > file.bytes.length) {
      const larger = new Uint8Array(needed * 2);
      larger.set(file.bytes.subarray(0, file.length));
      file.bytes = larger;
    }
    file.bytes.set(part.subarray(0, room), file.length);
    file.length = needed;
    if (room < part.length) throw failure("ENOSPC", "no space left on device");
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
