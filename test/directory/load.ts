// A steady stream of calls, whatever becomes of the earlier ones.
import { setTimeout as sleep } from "node:timers/promises";

export interface Load extends AsyncDisposable {
  /** What failed. */
  readonly errors: unknown[];
  /** Ids of calls that were answered. */
  readonly answered: Set<number>;
  /** How many calls each server has answered so far. */
  readonly byServer: Map<number, number>;
  /** Of the calls answered so far, the longest in milliseconds. */
  longest(): number;
  /** Calls that took longer than so many milliseconds. */
  slowerThan(milliseconds: number): number;
  /** Makes no more calls, and waits for those in flight. */
  stop(): Promise<void>;
}

/** Calls in flight at a time. A machine that is too busy for the rate gets fewer calls instead of a queue that only grows. */
const mostUnderway = 500;

/** Makes `perSecond` calls a second from now on, as far as the machine can. `call` resolves with the number of the server that has answered. */
export function startLoad(perSecond: number, call: (id: number) => Promise<number>): Load {
  const errors: unknown[] = [];
  const answered = new Set<number>();
  const byServer = new Map<number, number>();
  const times: number[] = [];
  const underway = new Set<Promise<void>>();
  const one = async (id: number): Promise<void> => {
    const started = performance.now(); // clock: for the summary
    try {
      const server = await call(id);
      answered.add(id);
      byServer.set(server, (byServer.get(server) ?? 0) + 1);
    } catch (error) {
      errors.push(error);
    }
    times.push(performance.now() - started); // clock: for the summary
  };
  const begun = performance.now(); // clock: the rate of the load
  let next = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1000) * perSecond; // clock: the rate of the load
    for (; next < due; next++) {
      if (underway.size >= mostUnderway) continue;
      const calling: Promise<void> = one(next).finally(() => underway.delete(calling));
      underway.add(calling);
    }
  }, 1);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    while (underway.size > 0) await Promise.race([...underway, sleep(50)]);
  };
  return {
    errors,
    answered,
    byServer,
    stop,
    [Symbol.asyncDispose]: stop,
    longest: () => times.reduce((most, time) => Math.max(most, time), 0),
    slowerThan: (milliseconds) => times.filter((time) => time > milliseconds).length,
  };
}

/** For people: "3,012 calls, 0 failed, 1 took over 100 ms, the longest 312 ms". */
export function summary(load: Load): string {
  const { errors, answered } = load;
  const calls = (answered.size + errors.length).toLocaleString("en");
  const slow = `${load.slowerThan(100)} took over 100 ms, the longest ${Math.round(load.longest())} ms`;
  return `${calls} calls, ${errors.length} failed, ${slow}`;
}
