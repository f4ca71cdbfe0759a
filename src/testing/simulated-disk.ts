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

/** A part of a file that may not survive a crash. */
interface Piece {
  readonly from: number;
  to: number;
  /** Its append has resolved: the next sync makes it survive. */
  isWritten: boolean;
}

interface Contents {
  bytes: Uint8Array;
  length: number;
  /** The file certainly has so many bytes after a crash. */
  synced: number;
  pieces: Piece[];
  /** Was cut off, which a crash may undo until the next append or sync. */
  tail: Uint8Array | undefined;
}

/** Each is written in whole, or not at all. */
const sector = 512;

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
    const { length } = bytes;
    this.#files.set(path, { bytes: bytes.slice(), length, synced: length, pieces: [], tail: undefined });
  }

  /**
   * Simulates a power failure: any parts of the unsynced appends remain, possibly of a later append without an earlier one. The other parts are
   * zeros, or the file ends before them. A part that was truncated since the last sync may reappear.
   */
  crash(): void {
    for (const file of this.#files.values()) {
      const { tail, length } = file;
      if (tail !== undefined && this.#random() < 0.5) this.#append(file, tail);
      let end = file.length > length ? file.length : file.synced;
      for (const piece of file.pieces) end = Math.max(end, this.#tear(file, piece));
      if (file.pieces.length > 0) file.length = this.#endAfterCrash(file, end);
      Object.assign(file, { synced: file.length, pieces: [], tail: undefined });
    }
  }

  /** @returns the end of what remains. */
  #tear(file: Contents, { from, to }: Piece): number {
    const kind = this.#random();
    if (kind < 0.3) return to;
    let end = from;
    for (let at = from; at < to; ) {
      const next = Math.min(to, at + sector - (at % sector));
      if (kind < 0.6 || this.#random() < 0.5) file.bytes.fill(0, at, next);
      else end = next;
      at = next;
    }
    return end;
  }

  #endAfterCrash({ length, synced }: Contents, end: number): number {
    const kind = this.#random();
    if (kind < 0.3) return length;
    return kind < 0.7 ? end : synced + Math.floor(this.#random() * (end - synced + 1));
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
      room: Number.POSITIVE_INFINITY,
      append: async (parts) => {
        const from = file.length;
        const isWhole = parts.map((part) => this.#append(file, part)).every(Boolean);
        const piece: Piece = { from, to: file.length, isWritten: false };
        file.tail = undefined;
        file.pieces.push(piece);
        await later();
        // A disk reads the memory of an append until it resolves.
        if (file.pieces.includes(piece)) file.bytes.set(Buffer.concat(parts).subarray(0, piece.to - from), from);
        piece.isWritten = true;
        if (!isWhole) throw failure("ENOSPC", "no space left on device");
      },
      sync: async () => {
        const written = file.pieces.filter(({ isWritten }) => isWritten);
        await later();
        if (this.faults.syncFails > 0 && this.#random() < this.faults.syncFails) throw failure("EIO", "i/o error");
        file.pieces = file.pieces.filter((piece) => !written.includes(piece));
        file.synced = written.reduce((synced, { to }) => Math.max(synced, Math.min(to, file.length)), file.synced);
        file.tail = undefined;
      },
      truncate: async (length) => {
        await later();
        if (length >= file.length) return;
        file.tail = file.bytes.slice(length, file.length);
        file.length = length;
        file.synced = Math.min(file.synced, length);
        file.pieces = file.pieces.filter(({ from }) => from < length);
        for (const piece of file.pieces) piece.to = Math.min(piece.to, length);
      },
      close: later,
    };
  }

  /** @returns whether there was room for all of it. */
  #append(file: Contents, part: Uint8Array): boolean {
    const room = Math.max(0, Math.min(part.length, this.faults.capacity - this.used));
    const needed = file.length + room;
    if (needed > file.bytes.length) {
      const larger = new Uint8Array(needed * 2);
      larger.set(file.bytes.subarray(0, file.length));
      file.bytes = larger;
    }
    file.bytes.set(part.subarray(0, room), file.length);
    file.length = needed;
    return room === part.length;
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
