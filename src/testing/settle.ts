// Waits until only timers are left in this process: all promises, ticks and immediate work of the event loop have run.
import { systemClock } from "../base/clock.js";

/** More turns than this mean other work that never ends and does not belong to the simulation. */
const mostTurns = 10_000;

/** So many turns later, a file that is still being read waits for a busy disk or processor. Each further turn lasts a millisecond. */
const quickTurns = 1_000;

/** The names that `process.getActiveResourcesInfo()` has while files are read, for example for a late import. */
const reading = new Set(["FSReqPromise", "FSReqCallback", "CloseReq", "FileHandleCloseReq"]);

/** Resolves when all promises that can settle without time passing have settled. */
export async function settleAll(): Promise<void> {
  for (let turns = 0; turns < mostTurns; turns++) {
    // Called from a promise, this runs when no promise is left to be settled.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const active = process.getActiveResourcesInfo();
    const reads = active.some((name) => reading.has(name));
    if (!reads && !active.includes("Immediate")) return;
    await (reads && turns >= quickTurns ? pause() : turn());
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Leaves the processor to the thread that reads the file. */
function pause(): Promise<void> {
  return new Promise((resolve) => systemClock.setTimeout(resolve, 1));
}
