// Reads an endless stream, and is killed: node stream-reader.test-support.js ADDRESS
import { createClient } from "lupine";
import { WATCH_VERS } from "./watch.gen.js";

const client = createClient(WATCH_VERS, process.argv[2] as string);
for await (const number of client.count({ from: 1, to: 1e9 })) if (number === 1_000) console.log("reading");
