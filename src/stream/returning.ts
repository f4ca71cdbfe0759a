// Procedures that may be async generators: as an ordinary call, and as a stream.
import { refuse } from "../server/refuse.js";

/** A function of an implementation. */
export type Returning = (this: unknown, ...args: unknown[]) => unknown;

/** The generator behind a function that `returning` made. */
const source: unique symbol = Symbol("source");

interface WithSource extends Returning {
  [source]?: Returning;
}

/** The function for ordinary calls: the first item, after which the generator is finished. */
export function returning(method: Returning, implementation: unknown): Returning {
  if (sourceOf(method) !== undefined) return method;
  const once: WithSource = (...args) => firstIn(method.apply(implementation, args));
  once[source] = (...args) => method.apply(implementation, args);
  return once;
}

/** The function itself; undefined if `serveStreams` did not make it. */
export function sourceOf(method: Returning): Returning | undefined {
  return (method as WithSource)[source];
}

function firstIn(result: unknown): unknown {
  if (result instanceof Promise) return result.then(firstIn);
  return isAsyncIterable(result) ? firstOf(result) : result;
}

async function firstOf(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  // There is no result that the reply could have.
  throw refuse("RPC_SYSTEM_ERR");
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** The items of a stream. `result` may be a promise. An ordinary result is a stream of one item. */
export async function* itemsOf(result: unknown): AsyncGenerator<unknown, void, undefined> {
  const items = await result;
  if (isAsyncIterable(items)) yield* items;
  else yield items;
}
