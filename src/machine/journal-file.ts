// Whole files of a journal: writes a new one, and keeps a copy of a damaged one.
import { closeSync, constants, copyFileSync, linkSync, rmSync, writeFileSync } from "node:fs";
import { lineText, sealPlace, sealText } from "./journal-text.js";
import { createOwn, isWithoutLinks } from "./own-file.js";

/** The number of bytes per write. */
const pieceSize = 1 << 20;

/** Damaged files that are kept beside the file. */
const mostDamaged = 9;

/** A journal's file that was written as a whole, and is open. */
export interface WrittenJournal {
  readonly fd: number;
  /** In bytes. */
  readonly size: number;
  /** The number of lines. */
  readonly count: number;
  /** See `sealPlace`. */
  readonly sealAt: number;
}

/** Writes all lines, the first line included, to a new file. @throws system errors */
export function writeJournal(path: string, lines: Iterable<readonly unknown[]>): WrittenJournal {
  const fd = createOwn(path, 0o600);
  let size = 0;
  let count = 0;
  let sealAt = -1;
  try {
    let piece = "";
    const write = (): void => {
      size += Buffer.byteLength(piece);
      writeFileSync(fd, piece);
      piece = "";
    };
    for (const line of lines) {
      const text = lineText(line, count);
      piece += text;
      if (count++ === 0) {
        piece += sealText(text.slice(0, -1));
        sealAt = sealPlace(text.slice(0, -1));
      }
      if (piece.length > pieceSize) write();
    }
    write();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { fd, size, count, sealAt };
}

/** Keeps a copy of a damaged file for inspection before a new file replaces it. @returns its path; undefined if that failed. */
export function keepAside(path: string): string | undefined {
  for (let number = 1; number <= mostDamaged; number++) {
    const aside = `${path}.damaged${number === 1 ? "" : `.${number}`}`;
    try {
      keepAs(path, aside);
      return aside;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return undefined;
    }
  }
  return undefined;
}

/** Gives a file a second name, or copies it where the file system has no hard links. @throws system errors; EEXIST if `aside` exists. */
function keepAs(path: string, aside: string): void {
  try {
    linkSync(path, aside);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    // If the copy fails, it removes the part that was copied.
    copyFileSync(path, aside, constants.COPYFILE_EXCL);
  }
}

export function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Errors of a disk that cannot be written.
  }
}
