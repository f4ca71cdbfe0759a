// Writes a file in one step, so that readers never see a partial file, and a crash or Ctrl-C keeps the old one.

import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { whyNot } from "../project/problem.js";
import { isFolder } from "../project/read-file.js";
import { CommandError, ExitCode } from "./output.js";

/**
 * Writes a file, and creates missing folders. An existing file keeps its mode, and a symbolic link its target; a pipe
 * or a device (/dev/null) is written directly.
 * @throws CommandError if that fails; the file is then unchanged.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  endBetweenFiles();
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
    if (there !== undefined && !there.isFile()) writeFileSync(path, content);
    else replace(path, content, there);
  } catch (error) {
    const message = `cannot write ${path}: ${whyNot(error)}`;
    throw new CommandError("CANNOT_WRITE", message, { cause: error, details: { file: path } });
  }
}

function replace(path: string, content: string | Uint8Array, there: Stats | undefined): void {
  if (there === undefined) makeFolder(dirname(path));
  const target = there === undefined ? path : realpathSync(path);
  const temporary = join(dirname(target), `.${basename(target).slice(0, 200)}.${process.pid}.tmp`);
  const mode = there === undefined ? 0o666 : there.mode & 0o777;
  let file: number;
  try {
    file = openSync(temporary, "wx", mode);
  } catch (error) {
    // No file can be created in the folder, but an existing one may still be writable.
    if (there === undefined) throw error;
    writeFileSync(target, content);
    return;
  }
  try {
    try {
      if (there !== undefined) chmodSync(temporary, mode);
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Creates the missing folders above it, one by one: Node's recursive option does not terminate in /proc. */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

/**
 * From now on Ctrl-C ends the command between two steps of its work, never in the middle of a file. The listener is
 * never removed: a signal that arrives during removal would be lost.
 */
export function endBetweenFiles(): void {
  if (!process.listeners("SIGINT").includes(interrupted)) process.on("SIGINT", interrupted);
}

function interrupted(): void {
  process.exit(ExitCode.INTERRUPTED);
}
