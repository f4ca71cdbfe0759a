// Asymmetric and nonblocking. The listener checks whether a request of any client has arrived, and does other work if not. It
// does not wait for its own messages to arrive either.
//   server.js [MAILBOX]    the listener's mailbox: a name, or a URL. Default "listener"
import { setTimeout as otherWork } from "node:timers/promises";
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "../messages-asymmetric-blocking/mail.gen.js";
import { startWorkers } from "../messages-asymmetric-blocking/start-workers.js";

const listener = await openMailbox(process.argv[2] ?? "listener", { type: mail });
const program = new URL("../messages-asymmetric-blocking/worker.js", import.meta.url);
const workers = await startWorkers(program, listener.name);
console.log(`listening at ${listener.url}`);

for (let turn = 0; ; ) {
  const received = listener.tryReceive();
  if (received === undefined) {
    await otherWork(1);
    continue;
  }
  const { from, message } = received;
  if (message.kind !== kind.REQUEST) continue;
  const request = { ...message.request, client: from };
  const worker = workers[turn++ % workers.length] as string;
  // Not awaited: the listener continues at once. An error, such as a worker that has ended, arrives later.
  listener
    .send({ kind: kind.REQUEST, request }, worker, { until: "sent" })
    .catch((error) => console.error(error.message));
}
