// A clock whose time is a struct. A message that is too short for one gets GARBAGE_ARGS, and no function here is called.
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { fromTime, toTime } from "./calendar.js";
import { TIME_VERS } from "./time.gen.js";

let offset = 0;

const server = new Server({ onError: logError });
server.implement(TIME_VERS, {
  gettime: () => toTime(Date.now() + offset),
  settime(time) {
    const moment = fromTime(time);
    if (moment === undefined) return false;
    offset = moment - Date.now();
    return true;
  },
});
await serve(server);
