// A directory's state on disk. Renewals are not written: after a restart every server gets a new lease.
import { Journal, startOfMachine } from "../../machine/journal.js";
import type { dir_entry } from "../directory.gen.js";
import { keptAddresses } from "./addresses.js";
import type { Registration } from "./registered.js";
import type { Registrations } from "./registrations.js";
import type { DirectoryJournal, ServiceTable } from "./table.js";

const title = "lupine directory";

type Line =
  | readonly ["+", change: number, path: string, origin: string, lease: number, entry: dir_entry, owner?: string]
  | readonly ["-", change: number, path: string, id: string];

export class DirectoryStateFile implements DirectoryJournal {
  readonly #table: ServiceTable;
  readonly #registrations: Registrations;
  readonly #journal: Journal;
  /** The epoch in the file, if the machine has not restarted since. */
  #epoch: bigint | undefined;
  /** Whether there was a state to restore. */
  restored = false;

  /**
   * Loads the file, and from then on writes changes to it.
   * @throws LockTaken if another process has it; UnusableFile for a place or a file that is not ours; system errors.
   */
  constructor(path: string, table: ServiceTable, registrations: Registrations, tell: (problem: string) => void) {
    this.#table = table;
    this.#registrations = registrations;
    const content = {
      what: "registrations",
      title,
      version: 1,
      begin: this.#begin.bind(this),
      apply: (line: readonly unknown[]) => isLine(line) && this.#apply(line),
      loaded: this.#loaded.bind(this),
      lines: this.#lines.bind(this),
      get size() {
        return table.size;
      },
    };
    this.#journal = Journal.open(path, content, { tell });
    table.record(this);
  }

  put(what: Registration, change: number): void {
    this.#journal.append([lineOf(what, change)]);
  }

  removed({ path, entry }: Registration, change: number): void {
    this.#journal.append([["-", change, path, entry.id]]);
  }

  /** Closes the file, which stays on the disk. */
  close(): void {
    this.#journal.close();
  }

  #begin(head: readonly unknown[] | undefined): boolean {
    if (head?.[0] !== title || head[1] !== 1) return false;
    const [, , epoch, machine, change, emptied] = head as readonly [string, number, string, string, number, number];
    this.#table.resume(Number(change) || 0, Number(emptied) || 0);
    if (machine === startOfMachine() && /^[1-9]\d{0,19}$/.test(epoch)) this.#epoch = BigInt.asUintN(64, BigInt(epoch));
    this.restored = true;
    return true;
  }

  /** If lines were lost, revisions that watchers know could be assigned again. */
  #loaded(isWhole: boolean): void {
    if (isWhole && this.#epoch !== undefined) this.#table.epoch = this.#epoch;
  }

  #apply(line: Line): boolean {
    if (line[0] === "+") {
      const [, change, path, origin, lease, entry, owner] = line;
      if ("why" in keptAddresses(entry.addresses, "")) return false;
      this.#registrations.restore({ path, origin, lease, entry, owner }, change);
      return true;
    }
    const [, change, path, id] = line;
    const item = this.#table.find(path, id);
    this.#table.resume(change, 0);
    if (item === undefined) return false;
    this.#table.forget(item, change);
    return true;
  }

  *#lines(): Generator<readonly unknown[]> {
    const { change, emptied } = this.#table.counters;
    yield [title, 1, String(this.#table.epoch), startOfMachine(), change, emptied];
    for (const [item, at] of this.#table.all()) yield lineOf(item, at);
  }
}

function lineOf({ path, origin, lease, entry, owner }: Registration, change: number): Line {
  const line = ["+", change, path, origin, lease, entry] as const;
  return owner === undefined ? line : [...line, owner];
}

function isLine(line: readonly unknown[]): line is Line {
  const kinds = line.map((part) => typeof part).join(" ");
  if (line[0] === "-") return kinds === "string number string string";
  return line[0] === "+" && /^string number string string number object( string)?$/.test(kinds) && isEntry(line[5]);
}

function isEntry(value: unknown): value is dir_entry {
  const { id, versions, addresses, priority, weight } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof id === "string" &&
    typeof priority === "number" &&
    typeof weight === "number" &&
    Array.isArray(addresses) &&
    addresses.every((address) => typeof address === "string") &&
    Array.isArray(versions) &&
    versions.every((one) => typeof one?.program === "number" && typeof one?.version === "number")
  );
}
