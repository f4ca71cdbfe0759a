import assert from "node:assert/strict";
import { test } from "node:test";
import type { Directory, Lease } from "lupine/directory";
import fc from "../support/fast-check.js";
import type { RunningDirectory } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";
import { watch } from "./told.js";

/** What somebody does: with which of the directories that are open, at which path. */
interface Act {
  readonly what: "join" | "leave" | "reopen";
  readonly who: number;
  readonly where: number;
  readonly which: number;
}

const people = 3;
const places = 2;
const acts = fc.array(
  fc.record({
    what: fc.constantFrom<Act["what"]>("join", "join", "join", "leave", "leave", "reopen"),
    who: fc.nat(people - 1),
    where: fc.nat(places - 1),
    which: fc.nat(1_000),
  }),
  { minLength: 60, maxLength: 120, size: "max" },
);

interface Held {
  readonly lease: Lease;
  readonly who: number;
  readonly where: number;
}

export function churn(running: () => RunningDirectory): void {
  test("whoever joins and leaves in whatever order, in the end everybody knows the same", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(fc.asyncProperty(acts, everybodyKnows), { numRuns: 8, endOnFailure: true });
  });

  async function everybodyKnows(list: readonly Act[]): Promise<void> {
    const open = await Promise.all(Array.from({ length: people }, () => running().open()));
    try {
      await inTheEnd(list, open);
    } finally {
      await Promise.all(open.map((directory) => directory.close()));
    }
  }

  async function inTheEnd(list: readonly Act[], open: Directory[]): Promise<void> {
    const paths = Array.from({ length: places }, freshPath);
    await using observer = await running().open();
    const told = await Promise.all(paths.map((path) => watch(observer, path)));
    const held = new Map<string, Held>();
    let waiting: Promise<unknown>[] = [];
    for (const act of list) {
      // Some of what they do happens at the same time; nobody closes a directory that is being used.
      if (act.what === "reopen" || act.which % 3 === 0) {
        await Promise.all(waiting);
        waiting = [];
      }
      const done = perform(act, open, paths, held);
      if (act.what === "reopen") await done;
      else waiting.push(done);
    }
    await Promise.all(waiting);
    for (const [where, path] of paths.entries()) {
      const ids = [...held].flatMap(([id, one]) => (one.where === where ? [id] : []));
      await told[where]?.until(ids);
      assert.deepEqual(
        (await observer.lookup(path, patient)).map(({ id }) => id),
        ids.sort(),
      );
    }
    await Promise.all(open.map((directory) => directory.close()));
    for (const one of told) await one.until([]);
  }

  async function perform(act: Act, open: Directory[], paths: readonly string[], held: Map<string, Held>) {
    const { what, who, where, which } = act;
    const directory = open[who] as Directory;
    const own = [...held].filter(([, one]) => one.who === who);
    const [id, one] = own[which % Math.max(1, own.length)] ?? [];
    if (what === "join") {
      const name = `server-${held.size}-${who}-${which}-${Math.random()}`;
      held.set(name, { who, where, lease: await announce(directory, paths[where] as string, entry(name), 30_000) });
    } else if (what === "reopen") {
      for (const [mine] of own) held.delete(mine);
      open[who] = await running().open();
      await directory.close();
    } else if (id !== undefined && one !== undefined && what === "leave") {
      held.delete(id);
      await one.lease.withdraw();
    }
  }
}
