// Registrations on disk, so that a killed binder can restore them. After a crash of the machine they are void, because
// no server runs any more: the first line identifies the start of the machine.
import { Journal, startOfMachine } from "../../machine/journal.js";
import { type BinderEntry, binderProgram, type Journal as Changes, type RegistrationTable } from "./table.js";

type Line = readonly ["+", number, number, string, string, string] | readonly ["-" | "seen", number, number, string];

const title = "lupine rpcbind";

export class StateFile implements Changes {
  readonly #table: RegistrationTable;
  readonly #journal: Journal;
  /** Entries whose server was seen listening, identified by `listeningKey`. */
  readonly seenBefore = new Set<string>();

  /**
   * Loads the file into the table, and from then on writes the table's changes to it.
   * @throws LockTaken if another binder has the file; UnusableFile for a place or a file that is not ours; system
   * errors.
   */
  constructor(path: string, table: RegistrationTable, tell: (problem: string) => void) {
    this.#table = table;
    const content = {
      what: "registrations",
      title,
      version: 1,
      begin: isOfThisStart,
      apply: (line: readonly unknown[]) => isLine(line) && this.#apply(line),
      lines: this.#lines.bind(this),
      get size() {
        return table.size;
      },
    };
    this.#journal = Journal.open(path, content, { tell });
    table.record(this);
  }

  added(entry: BinderEntry): void {
    this.#journal.append([lineOf(entry)]);
  }

  removed(entries: readonly BinderEntry[]): void {
    this.#journal.append(entries.map(({ program, version, netid }) => ["-", program, version, netid]));
  }

  /** Servers that were seen listening at their registered addresses. */
  seen(entries: readonly BinderEntry[]): void {
    this.#journal.append(entries.map(({ program, version, netid }) => ["seen", program, version, netid]));
    for (const entry of entries) this.seenBefore.add(listeningKey(entry));
  }

  /** Closes the file, and keeps it on disk. */
  close(): void {
    this.#journal.close();
  }

  #apply(line: Line): boolean {
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

  #lines(): (readonly unknown[])[] {
    const entries = this.#table.all().filter(({ program }) => program !== binderProgram);
    const seen = entries.filter((entry) => this.seenBefore.has(listeningKey(entry)));
    this.seenBefore.clear();
    for (const entry of seen) this.seenBefore.add(listeningKey(entry));
    return [
      [title, 1, startOfMachine()],
      ...entries.map(lineOf),
      ...seen.map(({ program, version, netid }) => ["seen", program, version, netid]),
    ];
  }
}

/** Whether the file was written since the machine started: servers that were registered before have ended. */
function isOfThisStart(head: readonly unknown[] | undefined): boolean {
  return head?.[0] === title && head[1] === 1 && head[2] === startOfMachine();
}

/** A key for a registration together with its address. */
export function listeningKey({ program, version, netid, address }: BinderEntry): string {
  return `${program}/${version}/${netid}/${address}`;
}

function lineOf({ program, version, netid, address, owner }: BinderEntry): Line {
  return ["+", program, version, netid, address, owner];
}

function isLine(line: readonly unknown[]): line is Line {
  const kinds = line.map((part) => typeof part).join(" ");
  if (line[0] === "+") return kinds === "string number number string string string";
  return (line[0] === "-" || line[0] === "seen") && kinds === "string number number string";
}
