// Calls the server to square a number: node client.js localhost 11
import { createClient } from "lupine";
import { SQUARE_VERS } from "./square.gen.js";

const [address = "localhost", number = "11"] = process.argv.slice(2);

await using square = createClient(SQUARE_VERS, address);
const { res1 } = await square.squareproc({ arg1: Number(number) });
console.log(`result: ${res1}`);
