// Calls procedures that change their arguments, remote and local: node client.js ADDRESS
import { createClient } from "lupine";
import { COPY_VERS, type cell } from "./copy.gen.js";

const [address = "localhost"] = process.argv.slice(2);
await using server = createClient(COPY_VERS, address);

// As in C: the number is returned, and the bytes are in the caller's buffer.
const buffer = new Uint8Array(16);
const { nbytes } = await server.read(3, buffer, buffer.length);
console.log(`read ${nbytes} bytes: ${new TextDecoder().decode(buffer.subarray(0, nbytes))}`);

// The caller's own list is reversed, and its objects are the same as before.
const names = [{ name: "a" }, { name: "b" }, { name: "c" }];
const [front] = names;
await server.reverse(names);
console.log(`reversed: ${names.map(({ name }) => name).join(" ")}, the same object in front: ${names[0] === front}`);

// One variable, passed as both parameters: the difference to call by reference.
const local: cell = { value: 0 };
increment(local, local);
const remote: cell = { value: 0 };
await server.increment(remote, remote);
console.log(`increment(x, x): by reference x = ${local.value}, by copy/restore x = ${remote.value}`);

function increment(first: cell, second: cell): void {
  first.value += 1;
  second.value += 1;
}
