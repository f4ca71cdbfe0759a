// What a watch has told so far.
import assert from "node:assert/strict";
import type { Directory, DirectoryEngine, ServiceEntry } from "lupine/directory";
import { until } from "../support/waiting.js";
import { patient } from "./entries.js";

type ServicesListener = Parameters<DirectoryEngine["watch"]>[1];

export interface Told extends AsyncDisposable {
  /** Every list, as ids. */
  readonly lists: readonly (readonly string[])[];
  /** The last list. */
  entries(): readonly ServiceEntry[];
  /** Waits until the last list has exactly these ids. */
  until(ids: readonly string[]): Promise<void>;
}

export async function watch(directory: Directory, path: string): Promise<Told> {
  const lists: (readonly string[])[] = [];
  let last: readonly ServiceEntry[] = [];
  const listener: ServicesListener = (entries) => {
    last = entries;
    lists.push(entries.map(({ id }) => id));
  };
  const watching = await directory.engine.watch(path, listener, patient);
  assert.equal(lists.length > 0, true, "a watch resolves before it has told anything");
  const untilTold = (ids: readonly string[]): Promise<void> => {
    const wanted = [...ids].sort().join();
    return until(
      () => lists.at(-1)?.join() === wanted,
      () => `the watch to report ${wanted}; it has reported ${JSON.stringify(lists)}`,
    );
  };
  return { lists, entries: () => last, until: untilTold, [Symbol.asyncDispose]: () => watching.close() };
}

/** Asks until the path has exactly these ids. */
export async function untilFound(directory: Directory, path: string, ids: readonly string[]): Promise<void> {
  const wanted = [...ids].sort().join();
  let found = "";
  await until(
    async () => {
      found = (await directory.lookup(path, patient)).map(({ id }) => id).join();
      return found === wanted;
    },
    () => `${wanted} at ${path}; there is ${found}`,
  );
}
