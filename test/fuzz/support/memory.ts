// Memory after garbage collection, in a process that was not started with --expose-gc too.
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Memory } from "./campaign.js";

/** What a process may hold more after a campaign than after its first inputs, in bytes. */
export const allowedGrowth: Growth = { used: 8 * 2 ** 20, rss: 64 * 2 ** 20 };

export interface Growth {
  readonly used: number;
  readonly rss: number;
}

export function measureMemory(): Memory {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}

/** What is used is exact. What the system counts moves by itself: pages that V8 keeps for later are among it. */
export function assertNoGrowth(start: Memory, end: Memory, what: string, allowed = allowedGrowth): void {
  const used = end.used - start.used;
  assert.ok(used < allowed.used, `${what}: ${used} bytes more are in use than after the first inputs`);
  const rss = end.rss - start.rss;
  assert.ok(rss < allowed.rss, `${what}: the process has grown by ${rss} bytes since the first inputs`);
}
