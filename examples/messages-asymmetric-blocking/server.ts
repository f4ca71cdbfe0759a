// Asymmetric and blocking. The listener waits for requests of any client. It adds the client's mailbox to each request,
// and passes the request to its workers in turn. The worker answers the client itself.
//   server.js [MAILBOX]    the listener's mailbox: a name, or a URL. Default "listener"
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "./mail.gen.js";
import { startWorkers } from "./start-workers.js";

const listener = await openMailbox(process.argv[2] ?? "listener", { type: mail });
const workers = await startWorkers(new URL("worker.js", import.meta.url), listener.name);
console.log(`listening at ${listener.url}`);

for (let turn = 0; ; turn++) {
  const { from, message } = await listener.receive();
  if (message.kind !== kind.REQUEST) continue;
  const request = { ...message.request, client: from };
  await listener.send({ kind: kind.REQUEST, request }, workers[turn % workers.length] as string, {
    until: "delivered",
  });
}
