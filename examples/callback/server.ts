// Counts down, and calls the client back at each tick, over the connection that the client opened.
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, Server } from "lupine";
import { logError, serve } from "../serve.js";
import { COUNTDOWN_VERS, TICK_VERS } from "./countdown.gen.js";

const server = new Server({ onError: logError });
server.implement(COUNTDOWN_VERS, {
  async run(from, call) {
    const caller = createClient(TICK_VERS, call.peer);
    let heard = 0;
    for (let left = from; left > 0; left--) {
      // The signal ends the countdown when the client has disconnected.
      await sleep(10, undefined, { signal: call.signal });
      heard++;
      if (!(await caller.show(left))) break;
    }
    return heard;
  },
});
await serve(server);
