// One holder at a time: a file with the number of the process that has it. One that a killed process left is taken over.
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Tells this process from an earlier one of the same number, where the system does not. */
const thisProcess = randomUUID();

/** Somebody else holds it, or this process does already. */
export class LockTaken extends Error {
  override readonly name = "LockTaken";
  readonly pid: number;

  constructor(path: string, pid: number) {
    const what = pid === process.pid ? "this process holds" : `process ${pid} holds`;
    super(`${what} ${path}${pid === process.pid ? " already: close what has it first" : ": stop it first"}`);
    this.pid = pid;
  }
}

/** Held until `release`, or until the process ends in whatever way. */
export class ProcessLock {
  readonly #path: string;
  readonly #text: string;

  /** @throws LockTaken, and what the system says of the file. */
  constructor(path: string) {
    this.#path = path;
    this.#text = `${process.pid}\n${startOf(process.pid) ?? ""}\n${thisProcess} ${randomUUID()}\n`;
    const own = `${path}.${process.pid}`;
    writeFileSync(own, this.#text, { mode: 0o644 });
    try {
      // A link is made with its contents or not at all.
      linkSync(own, path);
      rmSync(own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw withoutFile(own, error);
      const holder = holderOf(path);
      if (holder !== undefined) throw withoutFile(own, new LockTaken(path, holder));
      renameSync(own, path);
    }
  }

  /** Whether it is ours still: of two that took over at the same moment the later one has it. */
  get held(): boolean {
    return read(this.#path) === this.#text;
  }

  release(): void {
    if (this.held) rmSync(this.#path, { force: true });
  }
}

function withoutFile(path: string, error: unknown): unknown {
  rmSync(path, { force: true });
  return error;
}

/** The process that holds a lock and lives. Process numbers are used again, so the time of its start counts too. */
function holderOf(path: string): number | undefined {
  const [first = "", start = "", mark = ""] = (read(path) ?? "").split("\n");
  const pid = Number(first);
  if (!/^\d+$/.test(first)) return undefined;
  if (pid === process.pid && start === "") return mark.startsWith(thisProcess) ? pid : undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  return start === "" || startOf(pid) === start ? pid : undefined;
}

/** When a process started, in the system's own measure (Linux). */
function startOf(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, with blanks if it likes.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
