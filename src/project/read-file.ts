// Reads interface files from disk, and refuses binary data and other encodings.
import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { isBinary, LOOKED_AT, wideEncodingOf } from "../idl/preprocess/encoding.js";
import { ProjectError, whyNot } from "./problem.js";

/** The most bytes of one interface file: far more than any written by hand. */
export const MAX_INTERFACE_SIZE = 32 * 1024 * 1024;

/** The bytes of an interface file. @throws ProjectError which says what is wrong with it. */
export function readInterfaceBytes(path: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readAtMost(path, MAX_INTERFACE_SIZE);
  } catch (error) {
    const message = `cannot read ${path}: ${whyNot(error)}`;
    throw new ProjectError("CANNOT_READ", message, { file: path }, { cause: error });
  }
  if (bytes === undefined) {
    const message = `${path} has more than ${MAX_INTERFACE_SIZE / 1024 / 1024} MiB: that is not an interface`;
    throw new ProjectError("CANNOT_READ", message, { file: path });
  }
  refuseBinary(path, bytes);
  return bytes;
}

/** The bytes of a regular file; undefined if it cannot be read. Pipes are skipped, because reading would block. */
export function readIfFile(path: string): Uint8Array | undefined {
  try {
    return statSync(path).isFile() ? readAtMost(path, MAX_INTERFACE_SIZE) : undefined;
  } catch {
    return undefined;
  }
}

/** False if the file cannot be examined: reading it will report why. */
export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** The properties of a file; undefined if it does not exist, or cannot be examined. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Reads a file; undefined if it has more bytes. The bytes are counted, because a device or a pipe reports no reliable size. */
export function readAtMost(path: string, most: number): Uint8Array | undefined {
  const file = openSync(path, "r");
  try {
    const full: Buffer[] = [];
    for (let total = 0; total <= most; ) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      // A pipe may give one byte at a time.
      let used = 0;
      while (used < chunk.length) {
        const length = readSync(file, chunk, used, chunk.length - used, null);
        if (length === 0) return total + used > most ? undefined : Buffer.concat([...full, chunk.subarray(0, used)]);
        used += length;
      }
      full.push(chunk);
      total += used;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Whether a file begins like binary data. False if it cannot be read: reading it reports the error. */
export function isBinaryFile(path: string): boolean {
  try {
    const file = openSync(path, "r");
    try {
      const start = Buffer.alloc(LOOKED_AT);
      return isBinary(start.subarray(0, readSync(file, start)));
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** @throws ProjectError for a binary file, which would cause a hundred errors about characters. */
export function refuseBinary(path: string, bytes: Uint8Array): void {
  const encoding = wideEncodingOf(bytes);
  if (encoding === undefined && !isBinary(bytes)) return;
  const message =
    encoding === undefined
      ? `${path} is not an interface: it is a binary file`
      : `${path} is ${encoding}: save it as UTF-8`;
  throw new ProjectError("NOT_TEXT", message, { file: path });
}
