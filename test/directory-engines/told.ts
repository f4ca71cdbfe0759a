// What a watch has told so far.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Directory, DirectoryEngine, ServiceEntry } from "lupine/directory";

type ServicesListener = Parameters<DirectoryEngine["watch"]>[1];

export interface Told extends AsyncDisposable {
  /** Every list, as ids. */
  readonly lists: readonly (readonly string[])[];
  /** The last list. */
  entries(): readonly ServiceEntry[];
  /** Milliseconds until the last list had exactly these ids. Fails after `within`. */
  until(ids: readonly string[], within: number): Promise<number>;
}

export async function watch(directory: Directory, path: string): Promise<Told> {
  const lists: (readonly string[])[] = [];
  let last: readonly ServiceEntry[] = [];
  const listener: ServicesListener = (entries) => {
    last = entries;
    lists.push(entries.map(({ id }) => id));
  };
  const watching = await directory.engine.watch(path, listener, {});
  assert.equal(lists.length > 0, true, "a watch resolves before it has told anything");
  const until = async (ids: readonly string[], within: number) => {
    const wanted = [...ids].sort().join();
    const begin = performance.now();
    while (lists.at(-1)?.join() !== wanted) {
      const since = performance.now() - begin;
      assert.ok(since < within, `after ${within} ms the watch has told ${JSON.stringify(lists)}, not ${wanted}`);
      await sleep(5);
    }
    return performance.now() - begin;
  };
  return { lists, entries: () => last, until, [Symbol.asyncDispose]: () => watching.close() };
}

/** Asks until the path has exactly these ids. @returns the milliseconds it took. */
export async function untilFound(directory: Directory, path: string, ids: readonly string[], within: number) {
  const wanted = [...ids].sort().join();
  const begin = performance.now();
  for (;;) {
    const found = (await directory.lookup(path)).map(({ id }) => id).join();
    const since = performance.now() - begin;
    if (found === wanted) return since;
    assert.ok(since < within, `after ${within} ms there is ${found}, not ${wanted}, at ${path}`);
    await sleep(20);
  }
}
