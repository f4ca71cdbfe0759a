// How long a fuzz test runs, from which seed, and what it tells: to `node scripts/fuzz.mjs`, which started it, how far
// it is, and in the end what came of the inputs.

/** A fuzz test's size and seed. */
export interface Plan {
  /** Inputs. */
  readonly count: number;
  readonly seed: number;
  /** The number of the first input, for tests whose inputs depend on their number alone. */
  readonly first: number;
}

/** Where no seed is named: the short runs of `npm test` are the same each time; the long script draws its own. */
const defaultSeed = 20261121;

/**
 * `variable` in the environment sets the number of inputs, LUPINE_FUZZ_SEED the seed, LUPINE_FUZZ_FIRST the number of the
 * first input.
 */
export function planFrom(variable: string, brief: number): Plan {
  const count = Number(process.env[variable] ?? brief);
  const seed = Number(process.env["LUPINE_FUZZ_SEED"] ?? defaultSeed);
  const first = Number(process.env["LUPINE_FUZZ_FIRST"] ?? 0);
  return { count, seed, first };
}

/** Bytes of memory in use after garbage was collected. */
export interface Memory {
  readonly rss: number;
  /** Of JavaScript's heap and the buffers outside of it. */
  readonly used: number;
}

export const noMemory: Memory = { rss: 0, used: 0 };

/** What `node scripts/fuzz.mjs` reads. */
export interface CampaignReport {
  readonly campaign: string;
  readonly total: number;
  readonly seed: number;
  runs: number;
  accepted: number;
  refused: number;
  start: Memory;
  end: Memory;
  done: boolean;
}

/** Progress is told at most this often, in milliseconds. */
const reportInterval = 250;

/** Counts the inputs of one fuzz test and what came of them. */
export class Campaign {
  readonly report: CampaignReport;
  #toldAt = 0;

  constructor(campaign: string, { count, seed }: Omit<Plan, "first">) {
    this.report = {
      campaign,
      total: count,
      seed,
      runs: 0,
      accepted: 0,
      refused: 0,
      start: noMemory,
      end: noMemory,
      done: false,
    };
  }

  get left(): number {
    return this.report.total - this.report.runs;
  }

  /** So many more inputs were given. */
  ran(inputs: number): void {
    this.report.runs += inputs;
    const now = Date.now(); // clock: how often progress is reported
    if (now - this.#toldAt < reportInterval) return;
    this.#toldAt = now;
    process.send?.(this.report);
  }

  accepted(): void {
    this.report.accepted++;
  }

  refused(): void {
    this.report.refused++;
  }

  finish(start: Memory, end: Memory): void {
    Object.assign(this.report, { start, end, done: true });
    process.send?.(this.report);
  }
}
