// Waits until nothing happens any more in this process but timers: promises, ticks, and what the event loop has to do at once.

/** More turns than this are something else that never ends, and has nothing to do with the simulation. */
const mostTurns = 10_000;

/** What `process.getActiveResourcesInfo()` names while files are read, such as those of a late import. */
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
