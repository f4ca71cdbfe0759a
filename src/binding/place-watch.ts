// Checks whether a server's registrations are still its own. If another server has taken a place, this server registers
// again after that one has stopped, even with binders that keep the registrations of dead servers.

import type { AskOptions } from "./dialect.js";
import { keyOf, living, othersInPlaceOf, type PlaceChange } from "./displacement.js";
import { isSameEntry, type Registrar } from "./registrar.js";
import type { BinderEntry } from "./rpcbind/table.js";

export interface PlaceWatchContext {
  readonly entries: readonly BinderEntry[];
  /** Called when a place has changed its owner. Must not throw. */
  readonly displaced: (change: PlaceChange) => void;
  /** Called after a missing registration was restored. Must not throw. */
  readonly renewed: () => void;
}

export class PlaceWatch {
  readonly #context: PlaceWatchContext;
  /** The servers that have taken our places, by `keyOf`. */
  readonly #lost = new Map<string, BinderEntry>();

  constructor(context: PlaceWatchContext) {
    this.#context = context;
  }

  /** Whether another server has one of our places, according to the last check. */
  get isDisplaced(): boolean {
    return this.#lost.size > 0;
  }

  /** @throws RpcError when the binder does not answer. */
  async look(registrar: Registrar, options: AskOptions): Promise<void> {
    const { entries } = this.#context;
    const known = await registrar.dump(options);
    const others = othersInPlaceOf(entries, known);
    const alive = registrar.isHere ? await living(others) : others;
    const dead = others.filter((other) => !alive.includes(other));
    for (const other of dead) await registrar.unset(other, options);
    const taken = new Map(alive.map((other) => [keyOf(other), other]));
    const there = new Set(entries.filter((entry) => known.some((one) => isSameEntry(one, entry))));
    const again: BinderEntry[] = [];
    for (const entry of entries) {
      // Version 2 has removed both transports although one was meant.
      if (taken.has(keyOf(entry)) || (there.has(entry) && dead.length === 0)) continue;
      if ((await registrar.set(entry, options)) && !there.has(entry)) again.push(entry);
    }
    this.#tell(taken, new Set([...there, ...again]));
    if (again.length > 0) this.#context.renewed();
  }

  #tell(taken: ReadonlyMap<string, BinderEntry>, registered: ReadonlySet<BinderEntry>): void {
    const { entries, displaced } = this.#context;
    const lost = entries.filter((entry) => taken.has(keyOf(entry)) && !this.#lost.has(keyOf(entry)));
    const regained = entries.filter((entry) => registered.has(entry) && this.#lost.has(keyOf(entry)));
    const before = regained.flatMap((entry) => this.#lost.get(keyOf(entry)) ?? []);
    for (const entry of regained) this.#lost.delete(keyOf(entry));
    for (const [key, other] of taken) this.#lost.set(key, other);
    if (regained.length > 0) displaced({ kind: "regained", entries: regained, others: before });
    if (lost.length === 0) return;
    displaced({ kind: "lost", entries: lost, others: lost.flatMap((entry) => taken.get(keyOf(entry)) ?? []) });
  }
}
