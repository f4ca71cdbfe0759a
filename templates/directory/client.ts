// client A B [DIRECTORY]: prints the sum, from whichever server of /services/add is there.
import { createClient } from "lupine";
import { ADD_VERS } from "./add.gen.js";

const [a, b, directory = process.env["LUPINE_DIRECTORY"] ?? "localhost"] = process.argv.slice(2);
if (a === undefined || b === undefined) {
  console.error("usage: client A B [DIRECTORY], for example: client 1 2");
  process.exit(2);
}

await using client = createClient(ADD_VERS, `dir://${directory}/services/add`);
const result = await client.add({ a: Number(a), b: Number(b) });
console.log(`Result:${result}`);
