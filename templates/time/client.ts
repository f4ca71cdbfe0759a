// client HOST [SECONDS]: prints what the clock on HOST shows; with SECONDS, puts it forward or back first.
import { createClient } from "lupine";
import { fromMilliseconds, toMilliseconds } from "./clock.js";
import { status, TIME_VERS } from "./time.gen.js";

const [host = "localhost", seconds] = process.argv.slice(2);

await using client = createClient(TIME_VERS, host);
const before = toMilliseconds(await client.getTime());
console.log(`Time:${new Date(before).toISOString()}`);

if (seconds !== undefined) {
  const answer = await client.setTime(fromMilliseconds(before + Number(seconds) * 1000));
  if (answer.status === status.CLOCK_OK) console.log(`Set:${new Date(toMilliseconds(answer.time)).toISOString()}`);
  else console.log(`Refused:${answer.reason}`);
}
