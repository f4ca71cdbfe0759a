// What every directory engine does, whichever store is behind it.
import { after, before, describe } from "node:test";
import { churn } from "./churn.js";
import { closing } from "./closing.js";
import type { EngineUnderTest, RunningDirectory } from "./engine-under-test.js";
import { hardship } from "./hardship.js";
import { leaving } from "./leaving.js";
import { limits } from "./limits.js";
import { registering } from "./registering.js";
import { watching } from "./watching.js";

/** Holds an engine to the contract. Called at the top of a test file. */
export function directorySuite(engine: EngineUnderTest): void {
  describe(engine.name, () => {
    let running: RunningDirectory | undefined;
    before(async () => {
      running = await engine.start();
    });
    after(() => running?.[Symbol.asyncDispose]());
    const shared = (): RunningDirectory => running as RunningDirectory;

    registering(shared);
    watching(shared);
    leaving(engine, shared);
    limits(shared);
    churn(shared);
    // Each of these has a directory of its own, and mostly waits.
    describe("disturbed", { concurrency: 3 }, () => {
      closing(engine);
      hardship(engine);
    });
  });
}
