// Symmetric and blocking. Sender and receiver name each other: the listener receives from one client, passes the request to
// one of its workers, receives the answer from that worker, and sends it to the client. Each step waits for the other process.
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "../messages-asymmetric-blocking/mail.gen.js";
import { startWorkers } from "../messages-asymmetric-blocking/start-workers.js";

const name = `listener-${process.pid}`;
const client = `client-of-${name}`;
const listener = await openMailbox(name, { type: mail });
const workers = await startWorkers(new URL("worker.js", import.meta.url), name);
console.log(`listening at ${name}`);

for (let turn = 0; ; turn++) {
  const request = await listener.receive({ from: client });
  if (request.message.kind !== kind.REQUEST) continue;
  const worker = workers[turn % workers.length] as string;
  await listener.send(request.message, worker, { until: "delivered" });
  const answer = await listener.receive({ from: worker });
  await listener.send(answer.message, client, { until: "delivered" });
}
