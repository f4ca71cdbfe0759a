// A clock that clients may read and set. Only the server's copy changes, not the machine's clock.
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { TIME_VERS } from "./time.gen.js";

let offset = 0;
const now = (): number => Math.floor(Date.now() / 1000);

const server = new Server({ onError: logError });
server.implement(TIME_VERS, {
  getTime: () => now() + offset,
  setTime(time) {
    if (time < 0) return false;
    offset = time - now();
    return true;
  },
});
await serve(server);
