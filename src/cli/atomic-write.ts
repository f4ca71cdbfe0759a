// Replaces a file in one step, so that nobody ever sees half of it and a crash leaves the old one.
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandError } from "./output.js";

/**
 * Writes `bytes` in place of a file that is there; its mode stays, and a symbolic link goes on pointing at it.
 * @throws CommandError when that is not possible; the file is then as it was.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(path);
    const { mode } = await stat(target);
    temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    const file = await open(temporary, "wx", mode & 0o777);
    try {
      await file.chmod(mode & 0o777);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError("CANNOT_WRITE", `cannot write ${path}: ${code}`, { cause: error, details: { file: path } });
  }
}
