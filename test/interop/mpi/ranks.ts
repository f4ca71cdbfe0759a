// The calls of MPI that programs.ts uses, on mailboxes: each rank is a process with the mailbox "rank-N".
import { type Mailbox, openMailbox } from "lupine/messaging";
import { type rank_message, rank_message as type } from "./message.gen.js";

export interface Status {
  readonly source: number;
  readonly tag: number;
  readonly data: readonly number[];
}

export const any = -1;
/** Tags below this one are those of collective operations. */
const ownTags = -10;

export class World {
  readonly rank: number;
  readonly size: number;
  readonly #mailbox: Mailbox<rank_message>;
  /** Messages that were received while another one was waited for. */
  readonly #early: Status[] = [];

  private constructor(rank: number, size: number, mailbox: Mailbox<rank_message>) {
    this.rank = rank;
    this.size = size;
    this.#mailbox = mailbox;
  }

  static async open(rank: number, size: number): Promise<World> {
    return new World(rank, size, await openMailbox(`rank-${rank}`, { type }));
  }

  async close(): Promise<void> {
    await this.#mailbox.close();
  }

  async send(data: number | readonly number[], to: number, tag = 0): Promise<void> {
    await this.#mailbox.send({ tag, data: [data].flat() }, `rank-${to}`);
  }

  /** Resolves when the message was received. */
  async ssend(data: number, to: number, tag = 0): Promise<void> {
    await this.#mailbox.send({ tag, data: [data] }, `rank-${to}`, { until: "delivered" });
  }

  async receive(from = any, tag = any): Promise<Status> {
    for (;;) {
      const found = this.#take(from, tag);
      if (found !== undefined) return found;
      this.#keep(await this.#mailbox.receive(from === any ? {} : { from: `rank-${from}` }));
    }
  }

  async value(from = any, tag = any): Promise<number> {
    return (await this.receive(from, tag)).data[0] as number;
  }

  async probe(from = any, tag = any): Promise<Status> {
    const found = await this.receive(from, tag);
    this.#early.unshift(found);
    return found;
  }

  /** Whether such a message has arrived. */
  hasArrived(from = any, tag = any): boolean {
    for (let next = this.#mailbox.tryReceive(); next !== undefined; next = this.#mailbox.tryReceive()) this.#keep(next);
    return this.#early.some((one) => fits(one, from, tag));
  }

  async broadcast(data: readonly number[], root: number): Promise<readonly number[]> {
    if (this.rank !== root) return (await this.receive(root, ownTags)).data;
    for (let to = 0; to < this.size; to++) if (to !== root) await this.send(data, to, ownTags);
    return data;
  }

  async scatter(all: readonly number[]): Promise<number> {
    const own = await this.exchange(
      all.map((value) => [value]),
      0,
    );
    return own[0]?.[0] as number;
  }

  /** Each rank's values, in the order of the ranks; at rank 0 alone. */
  async gather(own: readonly number[]): Promise<readonly number[]> {
    if (this.rank > 0) {
      await this.send(own, 0, ownTags - 1);
      return [];
    }
    const all = [own];
    for (let from = 1; from < this.size; from++) all.push((await this.receive(from, ownTags - 1)).data);
    return all.flat();
  }

  async allGather(own: readonly number[]): Promise<readonly number[]> {
    return this.broadcast(await this.gather(own), 0);
  }

  async reduce(own: number, by: (a: number, b: number) => number): Promise<number> {
    return (await this.gather([own])).reduce(by, by === sum ? 0 : 1);
  }

  /** Sends one part to each rank, and returns the parts of the others in the order of the ranks. `root`: only that rank sends. */
  async exchange(parts: readonly (readonly number[])[], root = any): Promise<readonly (readonly number[])[]> {
    if (root === any || this.rank === root)
      for (let to = 0; to < this.size; to++) await this.send(parts[to] as readonly number[], to, ownTags - 2);
    const got: (readonly number[])[] = [];
    for (let from = 0; from < this.size; from++)
      if (root === any || from === root) got.push((await this.receive(from, ownTags - 2)).data);
    return got;
  }

  async barrier(): Promise<void> {
    await this.allGather([this.rank]);
  }

  #take(from: number, tag: number): Status | undefined {
    const index = this.#early.findIndex((one) => fits(one, from, tag));
    return index < 0 ? undefined : this.#early.splice(index, 1)[0];
  }

  #keep({ from, message: { tag, data } }: { readonly from: string; readonly message: rank_message }): void {
    this.#early.push({ source: Number(from.slice("rank-".length)), tag, data });
  }
}

export const sum = (a: number, b: number): number => a + b;

function fits(one: Status, from: number, tag: number): boolean {
  return (from === any || one.source === from) && (tag === any ? one.tag > ownTags : one.tag === tag);
}
