// Four ways not to wait for a call: node client.js ADDRESS
import { createClient } from "lupine";
import { createDeferredClient, resumeTicket } from "lupine/deferred";
import { WORK_VERS } from "./work.gen.js";

const [address = "localhost"] = process.argv.slice(2);
await using client = createClient(WORK_VERS, address);
await using deferred = createDeferredClient(WORK_VERS, address);

// Many calls at once: the client waits for all results together.
console.log("at once:", (await Promise.all([10, 100, 1_000].map((limit) => client.primes(limit)))).join(" "));

// One-way: resolves when the transport has accepted the message.
await client.note("the client goes on");

// Deferred synchronous: two asynchronous RPCs. The server accepts the first at once, and the client continues with its work.
const ticket = await deferred.primes(200_000);
console.log("accepted; the client does something else");
// The second comes from the server: the result.
let reports = 0;
for await (const { done, total } of ticket.progress()) if (done !== total) reports++;
console.log(`progress was reported: ${reports > 0}`);
console.log("result:", await ticket.result());

// A ticket outlives its client: another one resumes it by its id.
const { id } = await deferred.primes(20_000);
{
  await using another = createDeferredClient(WORK_VERS, address);
  console.log("resumed by its id:", await resumeTicket(another, "primes", id).result());
}

// Cancels a call whose result is no longer needed.
const superfluous = await deferred.primes(4_000_000_000);
await superfluous.cancel();
console.log("cancelled:", await superfluous.result().catch((error: Error) => error.name));

// A stream: results one after the other. The server's generator is finished when the loop ends.
const first: number[] = [];
for await (const prime of client.eachPrime(4_000_000_000)) {
  first.push(prime);
  if (first.length === 8) break;
}
console.log("a stream:", first.join(" "));
