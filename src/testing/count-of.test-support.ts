// How much a test does: all of it where time matters little, and less in the run that people wait for.
import { test } from "node:test";

/** Whether this is `npm run test:all`, which CI runs. */
export const isThorough = process.env["LUPINE_TEST_ALL"] !== undefined;

/** Where the random cases of property tests begin. */
export const propertySeed = Number(process.env["LUPINE_PROPERTY_SEED"] ?? 1);

/** A number of cases or steps: `all` in `npm run test:all`, `few` in `npm test`. */
export function countOf(all: number, few: number): number {
  return isThorough ? all : few;
}

/** Every element in `npm run test:all`, and each `step`-th in `npm test`. A step that divides no period of the data meets all kinds. */
export function someOf<T>(elements: Iterable<T>, step: number): T[] {
  return [...elements].filter((_, at) => isThorough || at % step === 0);
}

/** A test of `npm run test:all` alone, because it costs far more than the others of its file. */
export const thoroughTest: typeof test = isThorough ? test : (((): void => undefined) as never);
