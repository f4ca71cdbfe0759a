// Chance for the tests of what may have run, and a procedure whose behaviour it chooses.
import type { TestContext } from "node:test";
import { refuse } from "lupine";
import { type Incarnation, type Simulation, simulateSeeds } from "lupine/testing";

/** Simulated worlds of a test: LUPINE_FATES, or 20, in test:all 400. */
export const worlds = Number(process.env["LUPINE_FATES"] ?? (process.env["LUPINE_TEST_ALL"] ? 400 : 20));
export const seed = Number(process.env["LUPINE_FUZZ_SEED"] ?? 1);

export type Chance = () => number;

export function oneOf<T>(random: Chance, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

/** Runs all worlds, and reports how often each outcome was seen. */
export async function inWorlds(
  t: TestContext,
  worldOf: (world: Simulation, seen: Map<string, number>) => Promise<void>,
): Promise<void> {
  const seen = new Map<string, number>();
  await simulateSeeds(worlds, (world) => worldOf(world, seen), { first: seed });
  for (const [what, times] of [...seen].sort()) t.diagnostic(`${what}: ${times}`);
}

/** How often each call was entered, by its first argument. */
export type Entered = Map<number, number>;

export interface Late {
  /** The share of calls that are answered late, from 0 to 1. */
  readonly share: number;
  /** Milliseconds of the fake clock. */
  readonly longest: number;
}

/** Behaviors of ADD, which has its effect first. */
export function addOf(random: Chance, clock: Incarnation["clock"], entered: Entered, late: Late) {
  return async ({ a, b }: { readonly a: number; readonly b: number }): Promise<number> => {
    entered.set(a, (entered.get(a) ?? 0) + 1);
    const fate = random();
    if (fate < late.share) await new Promise<void>((resolve) => clock.setTimeout(resolve, random() * late.longest));
    if (fate > 0.95) return new Promise(() => undefined);
    if (fate > 0.9) throw refuse("RPC_PROC_UNAVAIL");
    if (fate > 0.85) throw new Error("broken");
    return a + b;
  };
}
