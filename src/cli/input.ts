// What commands read: files, standard input, and JSON in arguments.
import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { isBinary, LOOKED_AT, wideEncodingOf } from "../idl/encoding.js";
import { XdrError } from "../xdr/errors.js";
import { CommandError } from "./output.js";

/** Everything that comes on standard input. */
export async function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) process.stderr.write("reading standard input, end it with Ctrl-D\n");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An argument, or standard input in its place when it is "-" or missing. */
export async function readArgument(argument: string | undefined): Promise<Uint8Array> {
  return argument === undefined || argument === "-" ? readStdin() : Buffer.from(argument, "utf8");
}

/** Bytes of one interface file at most: far more than any that is written by hand. */
export const MAX_INTERFACE_SIZE = 32 * 1024 * 1024;

/** An interface file's bytes, or those of standard input for `-`. @throws CommandError which says what is wrong. */
export async function readInterface(path: string): Promise<Uint8Array> {
  if (path !== "-") return readInterfaceBytes(path);
  const bytes = await readStdin();
  refuseBinary("standard input", bytes);
  return bytes;
}

/** The bytes of an interface file. @throws CommandError which says what is wrong with it. */
export function readInterfaceBytes(path: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readAtMost(path, MAX_INTERFACE_SIZE);
  } catch (error) {
    const message = `cannot read ${path}: ${whyNot(error)}`;
    throw new CommandError("CANNOT_READ", message, { cause: error, details: { file: path } });
  }
  if (bytes === undefined) {
    const message = `${path} has more than ${MAX_INTERFACE_SIZE / 1024 / 1024} MiB: that is no interface`;
    throw new CommandError("CANNOT_READ", message, { details: { file: path } });
  }
  refuseBinary(path, bytes);
  return bytes;
}

/** The bytes of a regular file; undefined where there is none that can be read. A pipe would be waited for. */
export function readIfFile(path: string): Uint8Array | undefined {
  try {
    return statSync(path).isFile() ? readAtMost(path, MAX_INTERFACE_SIZE) : undefined;
  } catch {
    return undefined;
  }
}

/** False for what cannot be looked at: reading it will tell why. */
export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** Undefined for what is not there, or cannot be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined for a file that has more bytes: the size that a device or a pipe says is not to be believed. */
function readAtMost(path: string, most: number): Uint8Array | undefined {
  const file = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let total = 0; total <= most; ) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const length = readSync(file, chunk);
      if (length === 0) return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, length));
      total += length;
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

/** @throws CommandError for what is no text: it would be a hundred errors about characters. */
function refuseBinary(path: string, bytes: Uint8Array): void {
  const encoding = wideEncodingOf(bytes);
  if (encoding === undefined && !isBinary(bytes)) return;
  const message =
    encoding === undefined
      ? `${path} is no interface: it is a binary file`
      : `${path} is ${encoding}: save it as UTF-8`;
  throw new CommandError("NOT_TEXT", message, { details: { file: path } });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EEXIST: "something else is there",
  EMFILE: "too many files are open",
};

/** Why a file could not be read or written, in words. */
export function whyNot(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return Object.hasOwn(REASONS, code) ? (REASONS[code] as string) : code || message;
}

/** Parses JSON. @throws CommandError with `what` it should be and where it stops being JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /^[A-Za-z_][\w ]*$/.test(text.trim()) ? ` A string needs its quotes: '"${text.trim()}"'.` : "";
    const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text.trim();
    const message = `${what} is not JSON: ${shown === "" ? "it is empty" : shown} (${(error as Error).message}).${hint}`;
    throw new CommandError("BAD_JSON", message, { cause: error });
  }
}

/** A JSON value that does not fit its type is wrong input: the XdrError as a CommandError, anything else as it is. */
export function valueError(error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  return new CommandError(error.code, error.message, { cause: error, details: { path: error.path } });
}
