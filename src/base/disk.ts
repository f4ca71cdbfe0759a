// Files as a durable log needs them: appended to, synced, read back whole at the start. Code that writes them takes a Disk, so
// that simulations can bring their own, which loses what was not synced.

/** A file that is appended to. The methods are called one after the other, but for what `room` allows. */
export interface DiskFile {
  /**
   * The number of bytes that can be appended, and synced, while earlier appends are still being written. They are placed after the earlier ones, and
   * after a crash of the machine any part of them may be zeros. Absent: 0.
   */
  readonly room?: number;
  /** Writes all of it at the end of the file. It may be lost until `sync` has resolved. @throws the error of the system. */
  append(parts: readonly Uint8Array[]): Promise<void>;
  /** Makes the appends that have resolved survive a crash of the machine. @throws the error of the system. */
  sync(): Promise<void>;
  /** Cuts the file off at `length` bytes. @throws the error of the system. */
  truncate(length: number): Promise<void>;
  /** Closes the file. Bytes that were not synced may be lost. @throws the error of the system. */
  close(): Promise<void>;
}

/** Where files are kept. */
export interface Disk {
  /**
   * The whole file; undefined if it does not exist. After a crash, zeros may follow the last append. @throws the error of the system if
   * it cannot be read.
   */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Opens a file for appending, and makes it, readable by its owner only, if it does not exist. @throws the error of the system.
   */
  open(path: string): Promise<DiskFile>;
  /**
   * Replaces the file `to`, in one step, and makes that survive a crash of the machine. @throws the error of the system.
   */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a file. Does nothing if it does not exist. @throws the error of the system. */
  remove(path: string): Promise<void>;
}
