// The bytes of unfinished records that the connections of a process hold together, and the choice of which is dropped.
import { Bag, type Member } from "../base/bag.js";

/** One connection's unfinished record. */
export interface UnfinishedRecord extends Member {
  /** The number of received bytes. */
  readonly size: number;
  /** Drops the record and closes the connection. */
  cutOff(why: string): void;
}

/** Records of one address. */
export interface UnfinishedGroup {
  held: number;
  readonly records: Bag<UnfinishedRecord>;
  /** The number of connections in the group. */
  members: number;
}

/** The most bytes of unfinished records that all connections of a process may hold together. */
export const defaultMaxUnfinished = 128 * 1024 * 1024;

export class UnfinishedRecords {
  /** Received bytes of incomplete records. */
  held = 0;
  readonly most: number;
  readonly #groups = new Map<string, UnfinishedGroup>();

  constructor(most: number) {
    this.most = most;
  }

  /** Returns the group of one address. */
  join(address: string): UnfinishedShare {
    const group = this.#groups.get(address) ?? { held: 0, records: new Bag(), members: 0 };
    group.members++;
    this.#groups.set(address, group);
    return new UnfinishedShare(this, group, () => {
      if (--group.members === 0) this.#groups.delete(address);
    });
  }

  /** Drops the largest record of the address that holds most, until the total is within the limit. */
  relieve(): void {
    while (this.held > this.most) {
      const record = largest(largestGroup(this.#groups.values())?.records.members ?? []);
      if (record === undefined) return;
      const why = `unfinished records of all connections pass the limit of ${this.most} bytes (maxUnfinished), and this one, of ${record.size}, is the largest of its address`;
      record.cutOff(why);
    }
  }
}

/** The share of one connection. */
export class UnfinishedShare {
  readonly #all: UnfinishedRecords;
  readonly #group: UnfinishedGroup;
  readonly #leave: () => void;

  constructor(all: UnfinishedRecords, group: UnfinishedGroup, leave: () => void) {
    this.#all = all;
    this.#group = group;
    this.#leave = leave;
  }

  /** `count` more bytes were received. `record` or another may be dropped for it. */
  hold(record: UnfinishedRecord, count: number): void {
    this.#all.held += count;
    this.#group.held += count;
    if (record.seat < 0) this.#group.records.add(record);
    if (this.#all.held > this.#all.most) this.#all.relieve();
  }

  /** The record is complete, or was dropped. */
  release(record: UnfinishedRecord, count: number): void {
    if (count === 0) return;
    this.#all.held -= count;
    this.#group.held -= count;
    this.#group.records.remove(record);
  }

  /** The connection has ended. */
  leave(): void {
    this.#leave();
  }
}

/** The total of this process: for every listener without a limit of its own, and for all clients. */
export const processUnfinished = new UnfinishedRecords(defaultMaxUnfinished);

function largestGroup(groups: Iterable<UnfinishedGroup>): UnfinishedGroup | undefined {
  let most: UnfinishedGroup | undefined;
  for (const group of groups) if (group.held > (most?.held ?? 0)) most = group;
  return most;
}

function largest(records: Iterable<UnfinishedRecord>): UnfinishedRecord | undefined {
  let most: UnfinishedRecord | undefined;
  for (const record of records) if (record.size > (most?.size ?? 0)) most = record;
  return most;
}
