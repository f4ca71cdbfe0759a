// Reads and sets a clock that is a struct: node client.js localhost
import { createClient } from "lupine";
import { fromTime, show, toTime } from "./calendar.js";
import { TIME_VERS } from "./time.gen.js";

const [address = "localhost"] = process.argv.slice(2);

await using clock = createClient(TIME_VERS, address);
const before = await clock.gettime();
console.log(`the server's time: ${show(before)}`);

const later = toTime((fromTime(before) ?? 0) + 100_000);
console.log(`set to ${show(later)}: ${(await clock.settime(later)) ? "done" : "refused"}`);
console.log(`the server's time: ${show(await clock.gettime())}`);

const never = { ...later, month: 2, day: 30 };
console.log(`set to ${show(never)}: ${(await clock.settime(never)) ? "done" : "refused"}`);
