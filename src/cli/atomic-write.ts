// Writes a file in one step, so that nobody ever sees half of it, and a crash or Ctrl-C leaves the old one.

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
 * Writes a file, with the folders above it where they are missing. Of a file that is there the mode stays, and a
 * symbolic link keeps pointing at it; a pipe or a device (/dev/null) is written directly.
 * @throws CommandError when that is not possible; the file is then as it was.
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
    // Nothing can be made in the folder; a file that is there may still be written to.
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

/** With those above it. Step by step: Node's own way does not come to an end in /proc. */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

/**
 * From now on Ctrl-C ends the command between two pieces of its work, never in the middle of a file. It stays so: a
 * signal that comes while its listener is being removed would be lost.
 */
export function endBetweenFiles(): void {
  if (!process.listeners("SIGINT").includes(interrupted)) process.on("SIGINT", interrupted);
}

function interrupted(): void {
  process.exit(ExitCode.INTERRUPTED);
}
