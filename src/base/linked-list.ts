// A list in order of arrival. Adding at the end and removing anywhere take constant time. In a Map or Set from which
// the oldest elements are removed, finding the next oldest is slow: it passes over every removed place.

/** The place of a value in a list. */
export interface Place<T> {
  readonly value: T;
  before: Place<T> | undefined;
  after: Place<T> | undefined;
}

export class LinkedList<T> {
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;

  /** The place of the value that was added first. */
  get first(): Place<T> | undefined {
    return this.#first;
  }

  /** The value that was added first. */
  get oldest(): T | undefined {
    return this.#first?.value;
  }

  /** Adds a value at the end. */
  add(value: T): Place<T> {
    const place: Place<T> = { value, before: undefined, after: undefined };
    this.#append(place);
    return place;
  }

  /** Moves a value that is in the list to its end. */
  moveToEnd(place: Place<T>): void {
    this.remove(place);
    this.#append(place);
  }

  /** Removes a value that is in the list. */
  remove(place: Place<T>): void {
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // If the removed place outlives its neighbours, it must not keep them.
    place.before = undefined;
    place.after = undefined;
  }

  #append(place: Place<T>): void {
    place.before = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
  }
}
