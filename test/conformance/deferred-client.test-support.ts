// A client of deferred calls, which is killed: node deferred-client.test-support.js ADDRESS FROM COUNT
// It prints the id of each ticket before it submits the call.
import { createDeferredClient, newTicketId } from "lupine/deferred";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [address = "", from = "0", count = "0"] = process.argv.slice(2);
const client = createDeferredClient(ADD_VERS, address, { timeout: 60_000 });
for (let a = Number(from); a < Number(from) + Number(count); a++) {
  const ticket = newTicketId();
  process.stdout.write(`${a} ${ticket}\n`);
  await client.add({ a, b: 1 }, { ticket });
}
console.log("all");
