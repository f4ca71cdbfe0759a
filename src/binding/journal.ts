// A table on disk, so that a daemon that was killed still knows it: one line for each change, written before the change
// is acknowledged. Never synced to the disk: a crash of the machine may lose the latest lines.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { ProcessLock } from "./rpcbind/process-lock.js";

/** What a journal is about. A line is the JSON of an array. */
export interface JournalContent {
  /** What it holds, for messages: "registrations". */
  readonly what: string;
  /** Takes what the file held: its first line, undefined where it is none, then the others. @returns how many make no sense. */
  load(head: readonly unknown[] | undefined, lines: Iterable<readonly unknown[] | undefined>): number;
  /** All that a new file has to hold, the head first. */
  lines(): Iterable<readonly unknown[]>;
  /** Lines that a new file would have, about. */
  readonly size: number;
}

/** Lines beyond those that are needed, before the file is written anew. */
const slack = 4096;

/** Bytes that are written at once. */
const pieceSize = 1 << 20;

export class Journal {
  readonly #path: string;
  readonly #content: JournalContent;
  readonly #tell: (problem: string) => void;
  readonly #lock: ProcessLock;
  #fd = -1;
  #size = 0;
  #lines = 0;

  /**
   * Has the content take what the file holds.
   * @throws LockTaken when another process has it; what the system says, or that others can write to it.
   */
  static open(path: string, content: JournalContent, tell: (problem: string) => void): Journal {
    const lock = new ProcessLock(`${path}.lock`);
    try {
      return new Journal(path, content, tell, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(path: string, content: JournalContent, tell: (problem: string) => void, lock: ProcessLock) {
    this.#path = path;
    this.#content = content;
    this.#tell = tell;
    this.#lock = lock;
    const text = this.#load();
    try {
      this.#rewrite();
    } catch (error) {
      // What there is will do, where a disk has no room for two.
      if (text === undefined || !this.#isOurs(text)) throw error;
      this.#goOn(text);
      this.#tell(`${this.#path} is kept as it is: ${(error as Error).message}`);
    }
  }

  /** @throws what keeps the lines from being written; then none of them is in the file. */
  append(lines: readonly (readonly unknown[])[]): void {
    if (this.#fd < 0) throw new Error(`${this.#path} was closed`);
    const bytes = Buffer.from(lines.map(textOf).join(""));
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
    } catch (error) {
      this.#tell(`${this.#path} cannot be written, and ${this.#content.what} are refused: ${(error as Error).message}`);
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    this.#lines += lines.length;
    if (this.#lines > 4 * this.#content.size + slack) this.#rewriteSoon();
  }

  /** The file stays. */
  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
    this.#lock.release();
  }

  /** @returns what the file holds; undefined where there is none. */
  #load(): string | undefined {
    let text: string;
    try {
      const fd = openSync(this.#path, "r");
      const { uid, mode } = fstatSync(fd);
      text = readFileSync(fd, "utf8");
      closeSync(fd);
      const own = process.geteuid?.();
      if ((uid !== own && uid !== 0) || (mode & 0o022) !== 0) {
        throw new Error(
          `${this.#path} can be written by others: its ${this.#content.what} cannot be believed; remove it`,
        );
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const [head = "", ...lines] = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    const bad = this.#content.load(parse(head), lines.map(parse));
    // The last line is cut short when the writer was killed in the middle of it: it was not acknowledged.
    if (bad > (text.endsWith("\n") ? 0 : 1)) this.#tell(`${this.#path}: ${bad} lines could not be read and are lost`);
    return text;
  }

  /** Whether the file begins as a new one would. */
  #isOurs(text: string): boolean {
    for (const head of this.#content.lines()) return text.startsWith(textOf(head));
    return false;
  }

  /** Appends to the file that there is, behind its last whole line. */
  #goOn(text: string): void {
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#fd = openSync(this.#path, "r+");
    this.#size = Buffer.byteLength(whole);
    this.#lines = whole.split("\n").length - 1;
    ftruncateSync(this.#fd, this.#size);
  }

  /** Writes the file anew beside itself and puts it in place, so that a whole one is there at any moment. */
  #rewrite(): void {
    const fresh = `${this.#path}.new`;
    try {
      // Not through what somebody else may have put there.
      rmSync(fresh, { force: true });
      const { size, count } = this.#writeAll(fresh);
      renameSync(fresh, this.#path);
      if (this.#fd >= 0) closeSync(this.#fd);
      this.#fd = openSync(this.#path, "r+");
      this.#size = size;
      this.#lines = count;
    } catch (cause) {
      // Half a file would take the room that the other needs.
      removeIfPossible(fresh);
      throw new Error(`${fresh} cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  #writeAll(path: string): { readonly size: number; readonly count: number } {
    const fd = openSync(path, "wx", 0o600);
    let size = 0;
    let count = 0;
    try {
      let piece = "";
      const write = (): void => {
        size += Buffer.byteLength(piece);
        writeFileSync(fd, piece);
        piece = "";
      };
      for (const line of this.#content.lines()) {
        piece += textOf(line);
        count++;
        if (piece.length > pieceSize) write();
      }
      write();
    } finally {
      closeSync(fd);
    }
    return { size, count };
  }

  /** After the change under way is in the table. */
  #rewriteSoon(): void {
    this.#lines = 0;
    queueMicrotask(() => {
      if (this.#fd < 0) return;
      try {
        this.#rewrite();
      } catch (error) {
        this.#tell((error as Error).message);
      }
    });
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A disk that cannot be written.
  }
}

function textOf(line: readonly unknown[]): string {
  return `${JSON.stringify(line)}\n`;
}

function parse(text: string): readonly unknown[] | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return Array.isArray(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Which start of the machine this is (Linux); "" where nobody can tell. */
export function startOfMachine(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
