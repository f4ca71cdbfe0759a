// How connections are accepted before a worker's server has them: nothing of them is read.
import type { ServerOpts } from "node:net";
import { keepAliveDelay } from "../transport/stream.js";

export const connectionOptions: ServerOpts = {
  pauseOnConnect: true,
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: keepAliveDelay,
};
