// Serves an endless stream, and is killed: node stream-source.test-support.js
import { formatAddress, Server } from "lupine";
import { WATCH_VERS } from "./watch.gen.js";

const server = new Server().implement(WATCH_VERS, {
  async *count({ from }) {
    for (let number = from; ; number++) yield number;
  },
  async *samples() {},
  async *words() {},
  sum: () => 0,
  note: () => undefined,
});
console.log(formatAddress((await server.listen("tcp://127.0.0.1:0")).address));
