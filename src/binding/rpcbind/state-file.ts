// Registrations on disk, so that a binder that was killed still knows them: one line for each change, written before
// the change is acknowledged. Never synced to the disk: what survives a crash of the machine is registered by nobody.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { ProcessLock } from "./process-lock.js";
import { type BinderEntry, binderProgram, type Journal, type RegistrationTable } from "./table.js";

type Line =
  | readonly ["lupine rpcbind", 1, boot: string]
  | readonly ["+", number, number, string, string, string]
  | readonly ["-" | "seen", number, number, string];

/** Lines beyond those that are needed, before the file is written anew. */
const slack = 4096;

export class StateFile implements Journal {
  readonly #path: string;
  readonly #table: RegistrationTable;
  readonly #tell: (problem: string) => void;
  readonly #lock: ProcessLock;
  /** Entries whose server was seen listening, as `listeningKey` has them. */
  readonly seenBefore = new Set<string>();
  #fd = -1;
  #size = 0;
  #lines = 0;

  /**
   * Takes what the file holds into the table, and the table's changes into the file from now on.
   * @throws LockTaken when another binder has it; what the system says, or that others can write to it.
   */
  static open(path: string, table: RegistrationTable, tell: (problem: string) => void): StateFile {
    const lock = new ProcessLock(`${path}.lock`);
    try {
      return new StateFile(path, table, tell, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(path: string, table: RegistrationTable, tell: (problem: string) => void, lock: ProcessLock) {
    this.#path = path;
    this.#table = table;
    this.#tell = tell;
    this.#lock = lock;
    this.#load();
    this.#rewrite();
    table.record(this);
  }

  added(entry: BinderEntry): void {
    this.#append([lineOf(entry)]);
  }

  removed(entries: readonly BinderEntry[]): void {
    this.#append(entries.map(({ program, version, netid }) => ["-", program, version, netid]));
  }

  /** Servers that were seen listening where they have registered. */
  seen(entries: readonly BinderEntry[]): void {
    this.#append(entries.map(({ program, version, netid }) => ["seen", program, version, netid]));
    for (const entry of entries) this.seenBefore.add(listeningKey(entry));
  }

  /** The file stays. */
  close(): void {
    closeSync(this.#fd);
    this.#lock.release();
  }

  #load(): void {
    let text: string;
    try {
      const fd = openSync(this.#path, "r");
      const { uid, mode } = fstatSync(fd);
      text = readFileSync(fd, "utf8");
      closeSync(fd);
      const own = process.geteuid?.();
      if ((uid !== own && uid !== 0) || (mode & 0o022) !== 0) {
        throw new Error(`${this.#path} can be written by others: its registrations cannot be believed; remove it`);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    this.#take(text);
  }

  #take(text: string): void {
    const [head = "", ...lines] = text.split("\n");
    const first = parse(head);
    // After a start of the machine none of the servers are there any more.
    if (first?.[0] !== "lupine rpcbind" || first[2] !== bootOf()) return;
    let bad = 0;
    for (const text of lines) {
      const line = text === "" ? undefined : parse(text);
      if (text !== "" && (line === undefined || !this.#apply(line))) bad++;
    }
    // The last line is cut short when the binder was killed in the middle of writing it: it was not acknowledged.
    if (bad > (text.endsWith("\n") ? 0 : 1)) this.#tell(`${this.#path}: ${bad} lines could not be read and are lost`);
  }

  #apply(line: Line): boolean {
    if (line[0] === "lupine rpcbind") return false;
    const [kind, program, version, netid] = line;
    if (kind === "+") {
      return this.#table.set({ program, version, netid, address: line[4], owner: line[5] }) === undefined;
    }
    const entry = this.#table.find(program, version, netid);
    if (entry === undefined) return false;
    if (kind === "seen") this.seenBefore.add(listeningKey(entry));
    else this.#table.remove([entry]);
    return true;
  }

  /** Writes the file anew beside itself and puts it in place, so that a whole one is there at any moment. */
  #rewrite(): void {
    const entries = this.#table.all().filter(({ program }) => program !== binderProgram);
    const seen = entries.filter((entry) => this.seenBefore.has(listeningKey(entry)));
    this.seenBefore.clear();
    for (const entry of seen) this.seenBefore.add(listeningKey(entry));
    const lines: Line[] = [
      ["lupine rpcbind", 1, bootOf()],
      ...entries.map(lineOf),
      ...seen.map(({ program, version, netid }) => ["seen", program, version, netid] as const),
    ];
    const text = textOf(lines);
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, this.#path);
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = openSync(this.#path, "r+");
    this.#size = Buffer.byteLength(text);
    this.#lines = lines.length;
  }

  #append(lines: readonly Line[]): void {
    const bytes = Buffer.from(textOf(lines));
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
    } catch (error) {
      this.#tell(`${this.#path} cannot be written, and registrations are refused: ${(error as Error).message}`);
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    this.#lines += lines.length;
    if (this.#lines > 4 * this.#table.size + slack) this.#rewriteSoon();
  }

  /** After the change under way is in the table. */
  #rewriteSoon(): void {
    this.#lines = 0;
    queueMicrotask(() => {
      try {
        this.#rewrite();
      } catch (error) {
        this.#tell(`${this.#path} cannot be written anew: ${(error as Error).message}`);
      }
    });
  }
}

/** A registration and the place where its server listens. */
export function listeningKey({ program, version, netid, address }: BinderEntry): string {
  return `${program}/${version}/${netid}/${address}`;
}

function lineOf({ program, version, netid, address, owner }: BinderEntry): Line {
  return ["+", program, version, netid, address, owner];
}

function textOf(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function parse(text: string): Line | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(line)) return undefined;
  const kinds = line.map((part) => typeof part).join(" ");
  const [kind] = line;
  const isHead = kind === "lupine rpcbind" && line[1] === 1 && kinds === "string number string";
  const isSet = kind === "+" && kinds === "string number number string string string";
  const isOther = (kind === "-" || kind === "seen") && kinds === "string number number string";
  return isHead || isSet || isOther ? (line as unknown as Line) : undefined;
}

/** Which start of the machine this is (Linux); "" where nobody can tell. */
function bootOf(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
