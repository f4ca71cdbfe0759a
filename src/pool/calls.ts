// The calls in flight of a pool. Not a Set: the tables that a Set has outgrown keep their entries alive until the next full collection of
// garbage, which cost more than the calls.

/** An item of a list: its place in it, and when it came. */
export interface Listed {
  place: number;
  turn: number;
}

export class CallList<T extends Listed> {
  readonly #calls: T[] = [];
  #turn = 0;

  get size(): number {
    return this.#calls.length;
  }

  add(call: T): void {
    call.turn = this.#turn++;
    call.place = this.#calls.push(call) - 1;
  }

  /** The call must be in the list. */
  remove({ place }: Listed): void {
    const last = this.#calls.pop() as T;
    if (last.place === place) return;
    this.#calls[place] = last;
    last.place = place;
  }

  /** The calls as they are now, in the order in which they came. */
  inOrder(): T[] {
    return [...this.#calls].sort((one, other) => one.turn - other.turn);
  }
}
