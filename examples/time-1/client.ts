// Reads the server's clock, sets it 100 seconds forward, and reads it again: node client.js localhost
import { createClient } from "lupine";
import { TIME_VERS } from "./time.gen.js";

const [address = "localhost"] = process.argv.slice(2);
const show = (seconds: number): string => new Date(seconds * 1000).toISOString();

await using clock = createClient(TIME_VERS, address);
const before = await clock.getTime();
console.log(`the server's time: ${before} (${show(before)})`);

const done = await clock.setTime(before + 100);
console.log(`set to ${before + 100}: ${done ? "done" : "refused"}`);

const after = await clock.getTime();
console.log(`the server's time: ${after} (${show(after)})`);
