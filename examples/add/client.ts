// Calls the server to add two numbers: node client.js HOST A B [RPCBIND]
import { createClient } from "lupine";
import { ADD_VERS } from "./add.gen.js";

const [address = "localhost", a = "1", b = "2", rpcbind] = process.argv.slice(2);

await using add = createClient(ADD_VERS, address, { rpcbind });
const result = await add.add({ a: Number(a), b: Number(b) });
console.log(`Result:${result}`);
