// Symmetric and nonblocking. The listener asks for a message of each process that it knows, by name, passes on what has
// arrived, and does other work meanwhile.
import { setTimeout as otherWork } from "node:timers/promises";
import { openMailbox } from "lupine/messaging";
import { mail } from "../messages-asymmetric-blocking/mail.gen.js";
import { startWorkers } from "../messages-asymmetric-blocking/start-workers.js";

const name = `listener-${process.pid}`;
const client = `client-of-${name}`;
const listener = await openMailbox(name, { type: mail });
const workers = await startWorkers(new URL("../messages-symmetric-blocking/worker.js", import.meta.url), name);
console.log(`listening at ${name}`);

for (let turn = 0; ; ) {
  const request = listener.tryReceive({ from: client });
  if (request !== undefined) pass(request.message, workers[turn++ % workers.length] as string);
  for (const worker of workers) {
    const answer = listener.tryReceive({ from: worker });
    if (answer !== undefined) pass(answer.message, client);
  }
  await otherWork(1);
}

// Not awaited: the listener continues at once.
function pass(message: mail, to: string): void {
  listener.send(message, to, { until: "sent" }).catch((error) => console.error(error.message));
}
