// client HOST A B: prints the sum that the server on HOST answers.
import { createClient } from "lupine";
import { ADD_VERS } from "./add.gen.js";

const [host, a, b] = process.argv.slice(2);
if (host === undefined || a === undefined || b === undefined) {
  console.error("usage: client HOST A B, for example: client localhost 1 2");
  process.exit(2);
}

await using client = createClient(ADD_VERS, host);
const result = await client.add({ a: Number(a), b: Number(b) });
console.log(`Result:${result}`);
