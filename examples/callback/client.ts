// Starts a countdown, and serves the calls that the server makes at each tick: node client.js localhost 5
import { createClient, Server } from "lupine";
import { COUNTDOWN_VERS, TICK_VERS } from "./countdown.gen.js";

const [address = "localhost", from = "5", enough = "1"] = process.argv.slice(2);

const callbacks = new Server().implement(TICK_VERS, {
  show(left) {
    console.log(`${left} ...`);
    return left > Number(enough);
  },
});

await using countdown = createClient(COUNTDOWN_VERS, address, { callbacks });
const heard = await countdown.run(Number(from));
console.log(`${heard} ticks`);
