// Waits until only timers are left in this process: all promises, ticks and immediate work of the event loop have run.

/** More turns than this mean other work that never ends and does not belong to the simulation. */
const mostTurns = 10_000;

/** The names that `process.getActiveResourcesInfo()` has while files are read, for example for a late import. */
const reading = new Set(["Immediate", "FSReqPromise", "FSReqCallback", "CloseReq", "FileHandleCloseReq"]);

/** Resolves when all promises that can settle without time passing have settled. */
export async function settleAll(): Promise<void> {
  for (let turns = 0; turns < mostTurns; turns++) {
    // Called from a promise, this runs when no promise is left to be settled.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    if (!process.getActiveResourcesInfo().some((name) => reading.has(name))) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
