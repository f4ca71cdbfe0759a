// Whether a recorded history of concurrent calls could have come from one object that runs them one after the other: the
// algorithm of Wing and Gong (1993), with the memory of visited configurations of Lowe (2017). Knows nothing of RPC.
import { isDeepStrictEqual } from "node:util";
import { checkOptions, type OptionTable } from "../base/check-options.js";

/** One call of a history. */
export interface Operation<Input, Output> {
  /** The argument of the call. */
  readonly input: Input;
  /** The result. Meaningless while `ended` is undefined. */
  readonly output: Output | undefined;
  /** The time of its beginning, in any unit that grows, for example a counter of the history. */
  readonly began: number;
  /** The time of its end. Undefined: the outcome is unknown; it may take effect at any time after `began`, or never. */
  readonly ended: number | undefined;
}

/** The behaviour of an object whose operations run one after the other. */
export interface SequentialModel<State, Input, Output> {
  /** The state of a new object. */
  readonly initial: State;
  /** Runs one operation. Must return a new state, and must not change the given one. */
  apply(state: State, input: Input): { readonly state: State; readonly output: Output };
  /** Operations with different keys do not affect each other, and are checked separately. Default: all operations have the same key. */
  readonly key?: (input: Input) => unknown;
}

/** The outcome of `checkLinearizable`. */
export type Linearizability<Input, Output> =
  | { readonly linearizable: true }
  | {
      readonly linearizable: false;
      /** The key whose operations do not fit. Undefined without `model.key`. */
      readonly key: unknown;
      /** All its operations, by their beginning. */
      readonly operations: readonly Operation<Input, Output>[];
      /** The longest order of operations that fits: some operation after it cannot be explained. */
      readonly longest: readonly Operation<Input, Output>[];
    };

/** Options of `checkLinearizable`. */
export interface LinearizabilityOptions {
  /** The most steps of the search, over all keys; the problem is NP-complete. Default 10,000,000. */
  readonly steps?: number;
}

const optionTable: OptionTable<LinearizabilityOptions> = { steps: "number" };

/**
 * Checks whether the operations are linearizable: whether they have one order that respects real time (an operation that ended before another began
 * comes first) and in which the model returns the recorded output of each.
 * @throws Error if the search takes more than `options.steps` steps: give the model a `key`, or record shorter histories.
 * @example
 * const counter = { initial: 0, apply: (count: number, by: number) => ({ state: count + by, output: count + by }) };
 * const first = { input: 1, output: 1, began: 0, ended: 1 };
 * const twice = { input: 1, output: 3, began: 2, ended: 3 };
 * console.log(checkLinearizable(counter, [first, twice]).linearizable); // false
 */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  options: LinearizabilityOptions = {},
): Linearizability<Input, Output> {
  checkOptions(optionTable, options);
  const budget = { steps: options.steps ?? 10_000_000 };
  for (const [key, operations] of partition(history, model.key)) {
    const longest = search(model, operations, budget);
    if (longest !== undefined) return { linearizable: false, key, operations, longest };
  }
  return { linearizable: true };
}

function partition<Input, Output>(
  history: readonly Operation<Input, Output>[],
  keyOf: ((input: Input) => unknown) | undefined,
): Map<unknown, Operation<Input, Output>[]> {
  const parts = new Map<unknown, Operation<Input, Output>[]>();
  for (const operation of [...history].sort((a, b) => a.began - b.began)) {
    const key = keyOf?.(operation.input);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [operation]);
    else part.push(operation);
  }
  return parts;
}

/** The beginning or the end of an operation, in a list by time. Operations that have been placed leave the list. */
interface Entry {
  /** The index of the operation among those of its key. */
  readonly index: number;
  readonly time: number;
  /** If this entry begins an operation: the entry that ends it. */
  end: Entry | undefined;
  readonly isEnd: boolean;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** An operation that was placed, and the state before it. */
interface Placed<State> {
  readonly entry: Entry;
  readonly state: State;
}

/** Searches an order that explains all operations. @returns undefined if there is one, else the longest that fits. */
function search<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  budget: { steps: number },
): Operation<Input, Output>[] | undefined {
  const head = entriesOf(operations);
  const placed: Placed<State>[] = [];
  const visited = new Visited<State>(operations.length);
  let longest: Operation<Input, Output>[] = [];
  let unplacedEnds = operations.filter(({ ended }) => ended !== undefined).length;
  let state = model.initial;
  let entry = head.after;
  while (unplacedEnds > 0) {
    if (budget.steps-- <= 0) throw tooManySteps(operations.length);
    if (entry === undefined || entry.isEnd) {
      // Nothing that had begun before this end explains it: undo the last choice.
      const last = placed.pop();
      if (last === undefined) return longest;
      visited.remove(last.entry.index);
      putBack(last.entry);
      if (last.entry.end !== undefined) unplacedEnds++;
      state = last.state;
      entry = last.entry.after;
      continue;
    }
    const next = placing(model, operations[entry.index] as Operation<Input, Output>, state);
    if (next === undefined || !visited.add(entry.index, next.state)) {
      entry = entry.after;
      continue;
    }
    placed.push({ entry, state });
    takeOut(entry);
    if (entry.end !== undefined) unplacedEnds--;
    state = next.state;
    if (placed.length > longest.length)
      longest = placed.map((one) => operations[one.entry.index] as (typeof longest)[0]);
    entry = head.after;
  }
  return undefined;
}

/** The state after the operation, if it fits here. One whose outcome nobody knows fits with any output. */
function placing<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  { input, output, ended }: Operation<Input, Output>,
  state: State,
): { readonly state: State } | undefined {
  const next = model.apply(state, input);
  return ended === undefined || isDeepStrictEqual(next.output, output) ? next : undefined;
}

/** At equal times beginnings come first: the operations overlapped, as far as anybody can tell. */
function entriesOf(operations: readonly Operation<unknown, unknown>[]): Entry {
  const all: Entry[] = [];
  for (const [index, { began, ended }] of operations.entries()) {
    const none = { before: undefined, after: undefined, end: undefined };
    const start: Entry = { index, time: began, isEnd: false, ...none };
    all.push(start);
    if (ended === undefined) continue;
    start.end = { index, time: ended, isEnd: true, ...none };
    all.push(start.end);
  }
  all.sort((a, b) => a.time - b.time || Number(a.isEnd) - Number(b.isEnd));
  const head: Entry = { index: -1, time: -1, isEnd: false, before: undefined, after: undefined, end: undefined };
  let last = head;
  for (const entry of all) {
    last.after = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

function takeOut(start: Entry): void {
  for (const entry of [start, start.end]) {
    if (entry === undefined) continue;
    if (entry.before !== undefined) entry.before.after = entry.after;
    if (entry.after !== undefined) entry.after.before = entry.before;
  }
}

/** Entries are put back in the reverse order of their removal, so that their neighbours are the same as then. */
function putBack(start: Entry): void {
  for (const entry of [start.end, start]) {
    if (entry === undefined) continue;
    if (entry.before !== undefined) entry.before.after = entry;
    if (entry.after !== undefined) entry.after.before = entry;
  }
}

/** Sets of operations that were already tried, each with the states that they led to. */
class Visited<State> {
  readonly #words: Uint32Array;
  readonly #states = new Map<string, State[]>();

  constructor(count: number) {
    this.#words = new Uint32Array(Math.ceil(count / 32));
  }

  /** False: the same operations have led to the same state before. Then nothing is added. */
  add(index: number, state: State): boolean {
    this.#flip(index);
    const key = this.#words.join();
    const states = this.#states.get(key);
    if (states === undefined) this.#states.set(key, [state]);
    else if (states.some((one) => isDeepStrictEqual(one, state))) {
      this.#flip(index);
      return false;
    } else states.push(state);
    return true;
  }

  remove(index: number): void {
    this.#flip(index);
  }

  #flip(index: number): void {
    this.#words[index >> 5] = (this.#words[index >> 5] as number) ^ (1 << (index & 31));
  }
}

function tooManySteps(count: number): Error {
  return new Error(
    `whether ${count} operations are linearizable is not known after options.steps: give the model a key, or record shorter histories`,
  );
}
